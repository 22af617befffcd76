/**
 * YAML: keys that are no text are found wherever they stand and nowhere else.
 */
import { assertEquals } from "@std/assert";
import { UserError } from "../../lib/user_error.ts";
import { parseYaml } from "../../lib/config/yaml.ts";

function oddKeys(text: string): string[] {
  try {
    parseYaml(text, "f");
    return [];
  } catch (error) {
    if (error instanceof UserError) return [...error.problems];
    throw error;
  }
}

const ODD: [text: string, key: string, place: string][] = [
  ["0123: a", "0123", "1:1"],
  ["a:\n  1e3: b", "1e3", "2:3"],
  ["12: b", "12", "1:1"],
  ["-1.5: b", "-1.5", "1:1"],
  ["0x1F: b", "0x1F", "1:1"],
  [".inf: b", ".inf", "1:1"],
  ["on: b", "on", "1:1"],
  ["No: b", "No", "1:1"],
  ["y: b", "y", "1:1"],
  ["true: b", "true", "1:1"],
  ["null: b", "null", "1:1"],
  ["~: b", "~", "1:1"],
  ["2020-01-01: b", "2020-01-01", "1:1"],
  ["a: {b: 1, 7: 2}", "7", "1:11"],
  ["a: [{8: 2}]", "8", "1:6"],
  ["- 9: x", "9", "1:3"],
  ["- - 9: x", "9", "1:5"],
  ["? 10\n: x", "10", "1:3"],
  ["a: |\n  1: no key\nb:\n  2: a key", "2", "4:3"],
  ["- a: |\n    1: no key\n  3: a key", "3", "3:3"],
  ["a: 'it''s: 1'\n4: a key", "4", "2:1"],
  ["a: b\n&x 5: a key", "5", "2:4"],
  ["a: |\r\n  1: no key\r\n6: a key\r\n", "6", "3:1"],
  ["2001-12-14 21:59:43: b", "2001-12-14 21:59:43", "1:1"],
  ["? 11", "11", "1:3"],
  ["a: {0123, b}", "0123", "1:5"],
  ["a: &x 12\nb: {*x : c}", "12", "1:7"],
  ["%YAML 1.2\n---\na: !!float 1\n13: !!float 2", "13", "4:1"],
];

for (const [text, key, place] of ODD) {
  Deno.test(`asks for quotes: ${JSON.stringify(text)}`, () => {
    assertEquals(oddKeys(text), [
      `f:${place}: YAML does not read the key ${key} as text; write it in quotes: "${key}"`,
    ]);
  });
}

for (const text of ["[a, b]: c", "{a: b}: c", "? [a]\n: c"]) {
  Deno.test(`refuses a key that is no text at all: ${JSON.stringify(text)}`, () => {
    assertEquals(oddKeys(text).length, 1);
    assertEquals(oddKeys(text)[0]!.includes("a list or mapping stands where a key should"), true);
  });
}

Deno.test("a mapping that is a key has no line, but the keys that lead to it", () => {
  const text = "listeners:\n  default:\n    bind: {{ address }}\nb: [{? {c: d}}]";
  assertEquals(oddKeys(text), [
    "f: listeners.default.bind: a list or mapping stands where a key should; expected text",
    "f: b[0]: a list or mapping stands where a key should; expected text",
  ]);
});

Deno.test("every odd key is found, also beside tags that take no number", () => {
  const text = Array.from({ length: 9 }, (_, i) => `a${i}: !!float ${i}\n${i}: b\n`).join("");
  assertEquals(oddKeys(text).length, 9);
});

const FINE = [
  '"0123": a\n\'on\': b\n"1e3": [c]',
  "a: 0123\nb: on\nc: [1, 2: 3x]".replace("2: 3x", "two"),
  "a: >-\n  1: text\n\n  2: text\nb: c",
  "a: |2\n    1: text\nb: c",
  'a: "x\n  1: y"\nb: c',
  "a: 'x\n  1: y'\nb: c",
  "# 1: comment\na: b # 2: comment",
  "1a: b\nv2: c\n10.0.0.1: d\n1883/tcp: e\non/off: f",
  'a: {"1":2, b: http://x:1/y}',
  "a: &x {p: 1}\nb:\n  <<: *x\n  q: 2",
  "a: x#1: y".replace(": y", ""),
  "? a\n: b",
  "a: !!str |\n  1: x\nb: &y >\n  2: x",
  "a: b\n!!str 12: x",
  "a: &x 1\nb: *x",
  "a: [ [x, y], {b: [c]} ]",
  "a: b\n!!float 12: x",
  "? |-\n  12\n: x",
  '"[object Object]": x',
  "a: &x [b, *x]",
];

for (const text of FINE) {
  Deno.test(`accepts ${JSON.stringify(text)}`, () => assertEquals(oddKeys(text), []));
}

const BLANKS: [text: string, place: string][] = [
  ["a:\n\tb: 1", "2:1"],
  ["a:\n\tb", "2:1"],
  ["a: b\n\tc", "2:1"],
  ["a:\n  b: 1\n\tc: 2", "3:1"],
  ["a:\n  b: 1\n  \tc: 2", "3:3"],
  ["a: {\n\tb: 1\n}\nc:\n\td: 1", "5:1"],
  ["a: |\n  x\n\ty\nb:\n\tc: 1", "3:1"],
  ["a: |\n  \tx\nb:\n\tc: 1", "4:1"],
  ["a:\r\n\tb: 1\r\n", "2:1"],
];

for (const [text, place] of BLANKS) {
  Deno.test(`a tab is no indentation: ${JSON.stringify(text)}`, () => {
    assertEquals(oddKeys(text), [`f:${place}: a tab in the indentation; expected spaces`]);
  });
}

for (const [text, line] of [["\ta: 1\nb: 2", 1], ["- a: 1\n\tb: 2", 2]] as const) {
  Deno.test(`what cannot be read names the tab: ${JSON.stringify(text)}`, () => {
    const [said = ""] = oddKeys(text);
    const hint = `; line ${line} is indented by a tab, where YAML takes spaces`;
    assertEquals([said.startsWith("f:2:"), said.endsWith(hint)], [true, true], said);
  });
}

Deno.test("a no-break space is no indentation either", () => {
  const expected = ["f:2:1: an odd blank (U+00A0) in the indentation; expected spaces"];
  assertEquals(oddKeys("a:\n\u00a0\u00a0b: 1"), expected);
});

const HARMLESS = [
  '{\n\t"a": 1,\n\t"b": {\n\t\t"c": [\n\t\t\t1\n\t\t]\n\t}\n}',
  "a: |\n  x\n  \ty\n\nb: 1",
  "a: >-\n  \tx\nb: 1",
  "- |\n \tx\n- b",
  "a: 'x\n\ty'\nb: 1",
  'a: "x\n\ty"\nb: 1',
  "a:\tb\nc:\n\t- d",
  "a: b\n\t# a comment\n\t\nc: d",
];

for (const text of HARMLESS) {
  Deno.test(`a tab that means nothing may stand: ${JSON.stringify(text)}`, () => {
    assertEquals(oddKeys(text), []);
  });
}

const TWICE: [text: string, said: string][] = [
  ["a: 1\nb: 2\na: 3", "3:1: the key a is there twice, first in line 1"],
  ["x:\n  a: 1\n  b:\n    a: 1\n  a:\n    d: 3", "5:3: the key a is there twice, first in line 2"],
  ["x:\n  - {k: 1, k: 2}", "2:12: the key k is there twice, first in line 2"],
  ["x: {k: 1, b: 2, k: 3, b: 4}", "1:17: the key k is there twice, first in line 1"],
  ["x: {\n a: 1,\n a: 3}", "3:2: the key a is there twice, first in line 2"],
  ["\"a b\": 1\n'a b': 2", "2:1: the key a b is there twice, first in line 1"],
  ["a:\n - b: 1\n   c: 2\n   b: 3", "4:4: the key b is there twice, first in line 2"],
  [
    "home/#: 1".replace("#", "x") + "\nhome/x: 2",
    "2:1: the key home/x is there twice, first in line 1",
  ],
];

for (const [text, said] of TWICE) {
  Deno.test(`names the key that is there twice: ${JSON.stringify(text)}`, () => {
    assertEquals(oddKeys(text), [`f:${said}`]);
  });
}

Deno.test("a long file with a tab at its end is read a few times, not once a line", () => {
  const text = "a: {\n\tb: 1,\n" +
    Array.from({ length: 300 }, (_, i) => `\tk${i}: 1,\n`).join("") + "}\nc:\n\td: 1";
  assertEquals(oddKeys(text), ["f:305:1: a tab in the indentation; expected spaces"]);
});
