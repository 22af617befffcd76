/** midge-config.5: the configuration file. Invariant: every key of docs/reference/CONFIG.md is on it. */
import { configKeys, type KeyRow } from "../reference/config_keys.ts";
import type { Edition } from "./command_page.ts";
import { bold, entry, pageHead, pageOf, paragraph } from "./roff.ts";

const ABOUT = [
  "The configuration is YAML. A key that is left out means its default. Hyphens may be written for underscores.",
  "Durations: a number is seconds, or 500ms, 5s, 1m, 2h, 7d. Sizes: a number is bytes, or 64KiB, 1MiB. Limits: 0 is " +
  "no limit. Paths are relative to the folder of the file.",
  "midge check --config FILE says what is wrong with a file; a running broker reads it again at SIGHUP, or with midge " +
  "ctl reload.",
];

/** The page. */
export function configManPage(edition: Edition): string {
  const summary = "the configuration file of the MQTT broker midge";
  return pageOf([
    pageHead({ ...edition, name: "midge-config", section: 5, summary }),
    ".SH DESCRIPTION",
    ...ABOUT.map(paragraph),
    ".SH KEYS",
    ...configKeys().map(keyEntry),
    ".SH SEE ALSO",
    ".PP",
    "\\fBmidge\\fR(1),\n\\fBmidge\\-check\\fR(1)",
  ]);
}

function keyEntry({ path, doc, expected, fallback }: KeyRow): string {
  const facts = [
    ...expected === "" ? [] : [`Value: ${expected}.`],
    ...fallback === undefined ? [] : [`Default: ${fallback}.`],
  ];
  const text = [doc, ...facts].filter((part) => part !== "").join("\n") || "A mapping.";
  return entry(bold(path), text);
}
