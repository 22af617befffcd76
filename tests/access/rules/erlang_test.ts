/** Erlang terms: what is read, and where a syntax error is. */
import { assertEquals, assertThrows } from "@std/assert";
import { ErlangSyntaxError, parseTerms, type Term } from "../../../lib/access/rules/erlang.ts";

/** A term without its place. */
type Plain = string | number | { atom: string } | { tuple: Plain[] } | Plain[];

function plain(term: Term): Plain {
  switch (term.kind) {
    case "atom":
      return { atom: term.text };
    case "string":
      return term.text;
    case "integer":
      return term.value;
    case "tuple":
      return { tuple: term.items.map(plain) };
    case "list":
      return term.items.map(plain);
  }
}

const GOOD: [string, Plain[]][] = [
  ["", []],
  ["% only a comment", []],
  ["\ufeff a.", [{ atom: "a" }]],
  ["a.b_1@x.", [{ atom: "a" }, { atom: "b_1@x" }]],
  ["'and'. 'it\\'s'.", [{ atom: "and" }, { atom: "it's" }]],
  ["12. -3.", [12, -3]],
  ['"a\\"b\\\\\\n\\x41\\x{1F98B}\\101".', ['a"b\\\nA\u{1F98B}A']],
  ['"100% of % it".', ["100% of % it"]],
  ['<<"bin">>. << "utf"/utf8 >>. <<>>.', ["bin", "utf", ""]],
  ['{}. []. {a,[1,2],"s"}.', [{ tuple: [] }, [], { tuple: [{ atom: "a" }, [1, 2], "s"] }]],
  ["{ a , % why\n b } .", [{ tuple: [{ atom: "a" }, { atom: "b" }] }]],
  ['"ü/\u{1F98B}".', ["ü/\u{1F98B}"]],
  ["a.%x\nb.", [{ atom: "a" }, { atom: "b" }]],
];

Deno.test("terms are read", () => {
  for (const [text, expected] of GOOD) {
    assertEquals(parseTerms(text).map(plain), expected, text);
  }
});

Deno.test("a term knows its place", () => {
  const [, second] = parseTerms("a.\n  {b,\n c}.");
  assertEquals([second?.line, second?.column, second?.start, second?.end], [2, 3, 5, 12]);
});

/** Text, line, column, a part of the message. */
const BAD: [string, number, number, string][] = [
  ["a", 1, 2, "full stop"],
  ["a b.", 1, 3, "full stop"],
  ["{allow, all}}.", 1, 13, "full stop"],
  ["a.\n{b, c.", 2, 6, "{ of line 2, column 1"],
  ["[a, b", 1, 6, "the end of the text"],
  ["{a,}.", 1, 4, '"}"'],
  ['{a,\n "b}.', 2, 2, "no second one"],
  ["A.", 1, 1, '"A"'],
  ["{a, ?}.", 1, 5, '"?"'],
  ["<a>.", 1, 1, "binary"],
  ["<<1,2>>.", 1, 3, ">>"],
  ["-.", 1, 1, "number"],
  ['"\\x{110000}".', 1, 3, "code point"],
  [".", 1, 1, "a tuple"],
  ["[".repeat(200), 1, 101, "levels of nesting"],
];

Deno.test("a syntax error says where and what", () => {
  for (const [text, line, column, part] of BAD) {
    const error = assertThrows(() => parseTerms(text), ErlangSyntaxError) as ErlangSyntaxError;
    assertEquals([error.line, error.column], [line, column], `${text}: ${error.message}`);
    assertEquals(error.message.includes(part), true, `${text}: ${error.message}`);
  }
});
