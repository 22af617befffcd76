/** What is printed is read back as it was, whatever the texts in it hold. */
import { assertEquals } from "@std/assert";
import { parseYaml } from "../../../lib/config/yaml.ts";
import { Draft, type Plain } from "../../../lib/cli/import/draft.ts";
import { toYaml } from "../../../lib/cli/import/yaml_text.ts";
import { Random } from "../../support/random.ts";

const TEXTS = [
  "",
  "a",
  "a b",
  " a",
  "0123",
  "1e3",
  "0x1f",
  "12:30:45",
  "2026-11-24",
  "yes",
  "No",
  "on",
  "~",
  "null",
  ".inf",
  ".",
  "..",
  "-",
  "- a",
  "a: b",
  "a #b",
  "#",
  "#/+",
  "$SYS/#",
  "%u",
  "@x",
  "`x`",
  "!x",
  "&x",
  "*x",
  "{a}",
  "[a]",
  "a,b",
  "'",
  '"',
  "\\x00",
  "a\nb",
  "a\r\n",
  "\t",
  "\u0000\u0007\u007f\u0085\u00a0\u2028\u2029\ufeff\ufffe",
  "\u{1f98b} 中文",
  "./a",
  "../a/b",
  "/etc/passwd",
  "a/b-c_d.e",
  "a".repeat(200),
];

function reread(draft: Draft): unknown {
  return parseYaml(toYaml(draft), "printed.yaml");
}

for (const text of TEXTS) {
  Deno.test(`text ${JSON.stringify(text).slice(0, 40)} as value, key and item`, () => {
    const draft = new Draft();
    draft.set(["value"], text, "a comment");
    draft.set(["map", text], { [text]: text });
    draft.set(["list"], [text, [text], { [text]: [text] }]);
    assertEquals(reread(draft), draft.config);
  });
}

function anyValue(random: Random, depth: number): Plain {
  switch (random.below(depth > 0 ? 6 : 4)) {
    case 0:
      return random.pick([0, 1, -5, 1.5, 65_535]);
    case 1:
      return random.pick([true, false, null]);
    case 2:
    case 3:
      return random.pick(TEXTS);
    case 4:
      return random.list(0, 4, () => anyValue(random, depth - 1));
    default:
      return Object.fromEntries(
        random.list(0, 4, () => [random.pick(TEXTS), anyValue(random, depth - 1)]),
      );
  }
}

Deno.test("any values in any nesting", () => {
  const random = new Random(3);
  for (let round = 0; round < 500; round++) {
    const draft = new Draft();
    draft.set(["a"], anyValue(random, 3), { file: "f\ng", line: 3 });
    draft.set(["b", "c"], anyValue(random, 3));
    assertEquals(reread(draft), draft.config, toYaml(draft));
  }
});

Deno.test("short lists stand in a line, rules have a line each, long ones several", () => {
  const draft = new Draft();
  const topics = Array.from({ length: 12 }, (_, index) => `a/long/topic/${index}`);
  draft.set(["plugins", "event_logger"], null, { file: "m.conf", line: 3 });
  draft.set(["plugins", "acl_file", "rules"], [
    { permission: "allow", all: true },
    { permission: "deny", user: "u", topics },
  ], { file: "acl", line: 0 });
  draft.set(["list"], ["a", "b"]);
  draft.set(["none"], {});
  assertEquals(
    toYaml(draft),
    `plugins:
  event_logger: # m.conf:3
  acl_file:
    rules: # acl
      - { permission: allow, all: true }
      - permission: deny
        user: u
        topics:
${topics.map((topic) => `          - ${topic}\n`).join("")}list: [a, b]
none: {}
`,
  );
});
