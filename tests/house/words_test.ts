/** Comments say it plainly, headers do not say who calls, and nothing is left for later in the code. */
import { assert, assertEquals } from "@std/assert";
import { filesOf, HOUSE, readFile, WITH_PAGE } from "./tree.ts";
import { wordProblems } from "./words.ts";

Deno.test("no comment of the house has words that the house does not use", async () => {
  const files = await filesOf(HOUSE, WITH_PAGE);
  const problems: string[] = [];
  for (const file of files) problems.push(...wordProblems(file, await readFile(file)));
  assert(files.length > 300, `${files.length} files`);
  assertEquals(problems, []);
});

Deno.test("words are found in every kind of comment, whatever the line breaks", () => {
  const source = [
    "/**",
    " * A job. Used",
    " * by others. Invariant: none.",
    " */",
    "/** After so many seconds. */",
    "const a = 1; // nobody knows",
    "/* TODO */",
    "/** Whoever calls it. Made by hand, used by all. */",
  ].join("\n");
  assertEquals(wordProblems("lib/a.ts", source), [
    'lib/a.ts:2 says "Used by"',
    'lib/a.ts:5 says "so many"',
    'lib/a.ts:6 says "nobody"',
    'lib/a.ts:7 says "TODO"',
    'lib/a.ts:8 says "Whoever"',
  ]);
});

Deno.test("strings are not comments, and other words are none of these", () => {
  const source = [
    "/** Its job. Every byte is used. */",
    'const a = "nobody, // whoever";',
    "const b = `TODO ${1 /* somebody */} so many`;",
    "// so few, how many",
  ].join("\n");
  assertEquals(wordProblems("lib/a.ts", source), []);
});
