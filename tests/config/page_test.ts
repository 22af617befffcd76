/**
 * The pages that are written from the tables of keys: config.yaml and the client's keys in docs/CLIENT.md are what
 * `deno task config` writes, and no key is missing.
 */
import { assertEquals } from "@std/assert";
import { CLIENT_KEYS } from "../../lib/client/config_keys.ts";
import { CLIENT_PAGE, clientYaml } from "../../lib/client/config_page.ts";
import { BROKER_KEYS } from "../../lib/config/broker_keys.ts";
import { BROKER_PAGE, configYaml } from "../../lib/config/broker_page.ts";
import { anything, countLimit, duration, flag } from "../../lib/config/fields.ts";
import { type Page, pageText } from "../../lib/config/page.ts";
import { key, type Keys, section } from "../../lib/config/table.ts";
import { codeBlocks } from "../support/markdown.ts";

function textOf(path: string): Promise<string> {
  return Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
}

Deno.test("config.yaml is what the tables say, byte for byte (deno task config writes it)", async () => {
  assertEquals(await textOf("config.yaml"), configYaml());
});

Deno.test("docs/CLIENT.md has the client's keys as the table says (deno task config writes them)", async () => {
  assertEquals(codeBlocks(await textOf("docs/CLIENT.md"), "yaml")[0], clientYaml());
});

const PAGES: [name: string, keys: Keys, page: Page][] = [
  ["broker", BROKER_KEYS, BROKER_PAGE],
  ["client", CLIENT_KEYS, CLIENT_PAGE],
];

for (const [name, keys, page] of PAGES) {
  Deno.test(`every key of the ${name} stands on its page once, the hidden ones nowhere`, () => {
    const shown = page.flatMap((part) => typeof part === "string" ? [] : Object.keys(part));
    const wanted = Object.entries(keys).filter(([, row]) => row.shown !== "hidden");
    assertEquals(shown.sort(), wanted.map(([key]) => key).sort());
  });
}

Deno.test("a page: sentences wrapped, sections, what is at work and what is not, units", () => {
  const keys = {
    one: key({ type: countLimit, default: 1000, doc: "A sentence that is longer than it may be." }),
    wait: key({ type: duration, default: 2, shown: "active" }),
    soon: key({ type: duration, default: 0, shown: "active" }),
    part: section({
      on: key({ type: flag, default: true, shown: "active", doc: "Inside." }),
      off: key({ type: anything(), example: "a: b" }),
    }),
    free: section({ deep: section({ list: key({ type: anything(), example: [{ xs: "1" }] }) }) }, {
      shown: "active",
    }),
    old: key({ type: anything(), shown: "hidden" }),
  };
  assertEquals(
    pageText(["Head.\n  as it  is\n\nA head that is longer.", keys], 20),
    `# Head.
#   as it  is
#
# A head that is
# longer.

# A sentence that is
# longer than it may
# be.
# one: 1000
wait: 2 # seconds
soon: 0
# part:
#   # Inside.
#   on: true
#   # off: "a: b"
free:
  # deep:
  #   # list: [{xs: "1"}]
`,
  );
});
