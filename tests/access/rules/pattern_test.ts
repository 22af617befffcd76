/** The regular expressions of access rules, compared with JavaScript's where those are safe. */
import { assertEquals, assertThrows } from "@std/assert";
import { Pattern, PatternError } from "../../../lib/access/rules/pattern.ts";
import { Random } from "../../support/random.ts";

/** Pattern, texts that match as a whole, texts that do not. */
const TABLE: [string, string[], string[]][] = [
  ["", [""], ["a"]],
  ["^dash$", ["dash"], ["dashboard", "a dash", "dash\n"]],
  ["dash", ["dash"], ["dashboard"]],
  ["^a|b$", ["a", "b"], ["ab", "ax", "xb"]],
  ["dev-[0-9]+", ["dev-0", "dev-123"], ["dev-", "dev-1x", "xdev-1"]],
  ["a.c", ["abc", "a\u{1F98B}c"], ["ac", "a\nc"]],
  ["(a|b)*c", ["c", "abbac"], ["ab", "abcd"]],
  ["(?:ab){2,3}", ["abab", "ababab"], ["ab", "abababab", "aba"]],
  ["x{0}", [""], ["x"]],
  ["x{3}", ["xxx"], ["xx", "xxxx"]],
  ["x{2,}", ["xx", "xxxxx"], ["x"]],
  ["a+?b*?c??", ["a", "aabbc"], ["c"]],
  ["[]a]+", ["]a]"], ["b"]],
  ["[^]a]", ["b"], ["]", "a", ""]],
  ["[a-]", ["a", "-"], ["b"]],
  ["[\\w.-]+", ["a_9.-"], ["a b"]],
  ["[^\\d]", ["a"], ["5"]],
  ["[\\D5]", ["a", "5", "/", ":"], ["6", "0", "9"]],
  ["[a:]", ["a", ":"], ["b"]],
  ["\\d\\D\\w\\W\\s\\S", ["1a_- x"], ["aa_- x"]],
  ["\\.\\*\\{\\}\\\\\\/", [".*{}\\/"], ["x"]],
  ["\\x41\\x{1F98B}\\t", ["A\u{1F98B}\t"], ["A"]],
  ["ü+", ["üü"], ["u"]],
  ["(a*)*b", ["b", "aaab"], ["a"]],
  ["(|a)+", ["", "aa"], ["b"]],
  ["a||b", ["a", "", "b"], ["ab"]],
];

Deno.test("a pattern matches whole texts", () => {
  for (const [source, right, wrong] of TABLE) {
    const pattern = new Pattern(source);
    for (const text of right) assertEquals(pattern.matches(text), true, `${source} ~ ${text}`);
    for (const text of wrong) assertEquals(pattern.matches(text), false, `${source} ~ ${text}`);
  }
});

const REFUSED = [
  "(",
  ")",
  "a)",
  "(a",
  "[",
  "[a",
  "[]",
  "[z-a]",
  "[\\d-z]",
  "[[:alpha:]]",
  "*",
  "+a",
  "|?",
  "a**",
  "a+*",
  "a++",
  "a{2}{3}",
  "{",
  "a{",
  "a{x}",
  "a{2,1}",
  "a{1001}",
  "a{1",
  "a^",
  "$a",
  "(^a)",
  "(a$)",
  "\\",
  "\\1",
  "(a)\\1",
  "\\b",
  "\\p{L}",
  "\\xg0",
  "\\x{110000}",
  "(?=a)",
  "(?!a)",
  "(?<=a)",
  "(?<n>a)",
  "(?i)a",
  "(?>a)",
  "(?",
];

Deno.test("what is malformed or unknown is refused with its place", () => {
  for (const source of REFUSED) {
    const error = assertThrows(() => new Pattern(source), PatternError) as Error;
    assertEquals(
      /^regular expression ".*", character \d+: /.test(error.message),
      true,
      error.message,
    );
  }
});

Deno.test("patterns that would grow without bound are refused", () => {
  const huge = [
    "(a{1000}){1000}",
    "((((){1000}){1000}){1000}){1000}",
    "(((a?){100}){100}){100}",
    "a".repeat(1_001),
    "[ab]{600}[cd]{600}",
  ];
  for (const source of huge) assertThrows(() => new Pattern(source), PatternError);
});

Deno.test("patterns that make others backtrack end at once", () => {
  const text = "a".repeat(65_535) + "!";
  for (const source of ["(a+)+", "(a|a)*", "(a*)*b", "(.*)(.*)(.*)x", "(a?){50}a{50}"]) {
    assertEquals(new Pattern(source).matches(text), false, source);
  }
});

const ATOMS = ["a", "b", ".", "[ab]", "[^a]", "\\d", "\\W", "[a-c1]"];

function randomPattern(random: Random, depth: number): string {
  const kind = depth === 0 ? 0 : random.below(5);
  if (kind <= 1) return random.pick(ATOMS);
  if (kind === 2) return random.list(0, 3, () => randomPattern(random, depth - 1)).join("");
  if (kind === 3) {
    return `(?:${random.list(1, 3, () => randomPattern(random, depth - 1)).join("|")})`;
  }
  const count = random.pick(["*", "+", "?", "{2}", "{1,}", "{0,2}", "*?"]);
  return `(?:${randomPattern(random, depth - 1)})${count}`;
}

Deno.test("property: agrees with JavaScript's own on small patterns and texts", () => {
  const random = new Random(11);
  for (let i = 0; i < 2_000; i++) {
    const source = randomPattern(random, 3);
    const pattern = new Pattern(source);
    const other = new RegExp(`^(?:${source})$`, "u");
    for (let n = 0; n < 20; n++) {
      const text = random.list(0, 6, () => random.pick(["a", "b", "c", "1", "-", "\n"])).join("");
      assertEquals(pattern.matches(text), other.test(text), `${source} ~ ${JSON.stringify(text)}`);
    }
  }
});
