/** No test fails because a machine is slow, as far as its text shows that: a bound ends what hangs, and asserts nothing. */
import { assert, assertEquals } from "@std/assert";
import { filesOf, readFile } from "./tree.ts";

/** Milliseconds; what ends a test that hangs may be as long as this at least. */
const SHORTEST = 60_000;

/** Bounds, with their number. */
const BOUNDS: readonly RegExp[] = [
  /\bAbortSignal\.timeout\(([\d_]+)\)/g,
  /\b(?:within|until)\([^;]*?,\s*([\d_]+),?\s*\);/g,
  /\bconst \w*(?:DEADLINE|PATIENCE)\w*_MS = ([\d_]+);/g,
];
/** How long something took, compared with a number. */
const TIMED = /\b(?:performance|Date)\.now\(\) - [\w.]+\s*<=?/g;
/** A port of those that outgoing connections come from, which is given back: another process may have it then. */
const GIVEN_BACK =
  /\bport: 0[^;]*\}\)\.close\(\)|\bfunction freePorts?\(\): number \{\s*(?:using|const) \w+ = Deno/g;

/** What may fail by luck in a file, each with its line. */
function luckIn(file: string, text: string): string[] {
  const at = (index = 0) => `${file}:${text.slice(0, index).split("\n").length}`;
  const bounds = BOUNDS.flatMap((one) => [...text.matchAll(one)])
    .filter(([, number = ""]) => Number(number.replaceAll("_", "")) < SHORTEST)
    .map(({ index, 1: number }) => `${at(index)} ends a wait after ${number} ms`);
  const timed = [...text.matchAll(TIMED)].map(({ index }) => `${at(index)} asserts a time`);
  const ports = [...text.matchAll(GIVEN_BACK)]
    .map(({ index }) => `${at(index)} gives a port back that it wants to have again`);
  return [...bounds, ...timed, ...ports];
}

Deno.test("no test asserts how long a machine takes, nor ends what is only slow", async () => {
  const files = (await filesOf(["tests"])).filter((file) => !file.startsWith("tests/house/"));
  const found: string[] = [];
  for (const file of files) found.push(...luckIn(file, await readFile(file)));
  assert(files.length > 500, `${files.length} files`);
  assertEquals(found, []);
});

Deno.test("luck is found in every form", () => {
  const text = [
    "await within(reading, `a line`, 5000);",
    "await until(() => a.size(1) === 2, `two`, 20_000);",
    "const it = dial(AbortSignal.timeout(500));",
    "const READY_DEADLINE_MS = 10_000;",
    "assert(performance.now() - since < 1000);",
    "Deno.listen({ hostname, port: 0 }).close();",
  ].join("\n");
  assertEquals(luckIn("a.ts", text), [
    "a.ts:3 ends a wait after 500 ms",
    "a.ts:1 ends a wait after 5000 ms",
    "a.ts:2 ends a wait after 20_000 ms",
    "a.ts:4 ends a wait after 10_000 ms",
    "a.ts:5 asserts a time",
    "a.ts:6 gives a port back that it wants to have again",
  ]);
  const sound = [
    "await until(() => existsWith(file, 2), `both`);",
    "await within(reading, `a line`, 60_000);",
    "assertEquals(performance.now() - since >= 1000, true);",
  ].join("\n");
  assertEquals(luckIn("b.ts", sound), []);
});
