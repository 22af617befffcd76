/** The changes that mutants make: one at a time, each in its place, and what they leave still parses. */
/// <reference lib="deno.unstable" />
import { assertEquals, assertThrows } from "@std/assert";
import plugin, { type Change } from "./operators.ts";
import { stepsOf, TARGETS } from "./steps.ts";
import { applied } from "./workshop.ts";

/** Every text that a source becomes. */
function mutantsOf(source: string): string[] {
  return Deno.lint.runPlugin(plugin, "a.ts", source)
    .map(({ message }) => applied(source, JSON.parse(message) as Change));
}

const CASES: [source: string, ...mutants: string[]][] = [
  ["a < b", ";", "a >= b", "a <= b"],
  ["f(x >= (y & z))", ";", "f(x < (y & z))", "f(x > (y & z))", "f(x >= (y | z))"],
  ["if (a) b()", "if (!(a)) b()", "if (a) ;"],
  ["if (!a) b()", "if (!!a) b()", "if (!a) ;"],
  ["x = a && b", ";", "x = (a)", "x = (b)", "x = ((a) || b)"],
  ["x = a || b", ";", "x = (a)", "x = (b)", "x = ((a) && b)"],
  ["x = a ?? b", ";", "x = (a)", "x = (b)"],
  ["x += 1", ";", "x -= 1", "x += 2"],
  ["x++", ";", "x--"],
  ["const é = a ? 'x' : true", "const é = !(a) ? 'x' : true", "const é = a ? 'x' : false"],
  ["function f() { return g }", "function f() { return undefined }"],
  ["function f() { return undefined }"],
  ["const a = 10_000, b = 0x0f", "const a = 10001, b = 0x0f", "const a = 10_000, b = 16"],
  ["type A = 1 | true; core.logger.info(a + 1)"],
  ["this.#logger.warn(a < b); c()", "this.#logger.warn(a < b); ;"],
];

Deno.test("every kind of change", () => {
  for (const [source, ...mutants] of CASES) assertEquals(mutantsOf(source), mutants, source);
});

Deno.test("what a change leaves is still a program", () => {
  const source = `class A { #x = 0;
    get y() { return this.#x ?? -1 < 2 ? (a || b) && !c : d; }
    async *z(q = 3) { for (let i = 0; i < 9; i++) if (await q) yield i; else this.#x -= 1; }
  }`;
  const mutants = mutantsOf(source);
  for (const mutant of mutants) mutantsOf(mutant);
  assertEquals([mutants.length > 20, new Set(mutants).size], [true, mutants.length]);
});

Deno.test("every target has tests, and what has none is told", () => {
  for (const target of TARGETS) assertEquals(stepsOf(`${target}a.ts`).length > 0, true);
  assertThrows(() => stepsOf("lib/cli/run.ts"), Error, "lib/cli/run.ts: ");
});
