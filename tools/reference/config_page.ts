/** docs/reference/CONFIG.md: every configuration key. Invariant: the page is whole from here; a test compares it. */
import { configKeys, type KeyRow } from "./config_keys.ts";

const INTRO = `# Configuration keys

This page is written by \`deno task reference\` from the tables that the configuration is read with.

\`config.yaml\` at the top of the repository has the same keys, ready to be changed. A key that is left
out means its default. Hyphens may be written for underscores. Durations: a number is seconds, or
\`500ms\`, \`5s\`, \`1m\`, \`2h\`, \`7d\`. Sizes: a number is bytes, or \`64KiB\`, \`1MiB\`. Limits: 0 is no limit.
Paths are relative to the folder of the file. \`midge check --config config.yaml\` says what is wrong
with a file, with the key that was probably meant.

The options of the packaged plugins stand in [PLUGINS.md](../PLUGINS.md), those of the databases in
[ACCESS.md](../ACCESS.md).
`;

/** The whole page. */
export function configPage(): string {
  return [INTRO, ...configKeys().map(entryOf)].join("\n");
}

function entryOf({ path, doc, expected, fallback }: KeyRow): string {
  const level = path.includes(".") ? "###" : "##";
  const facts = [
    ...expected === "" ? [] : [`- value: ${expected}`],
    ...fallback === undefined ? [] : [`- default: \`${fallback}\``],
  ];
  const parts = [`${level} ${path}`, linked(doc), facts.join("\n")];
  return parts.filter((part) => part !== "").join("\n\n") + "\n";
}

function linked(doc: string): string {
  return doc.replaceAll(/docs\/(\w+\.md)/g, "[$1](../$1)").replaceAll("\n", "  \n");
}
