/** Sizes: no file of the house has over 300 lines, no function over 40. */
/// <reference lib="deno.unstable" />
import { assert, assertEquals } from "@std/assert";
import { filesOf, HOUSE, readFile, WITH_PAGE } from "./tree.ts";

const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 40;

type FunctionNode =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

const functions: Deno.lint.Plugin = { name: "sizes", rules: { function: { create: visitor } } };

/** Reports each function; a finding's range is the function's, from its first line to its last. */
function visitor(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const report = (node: FunctionNode) => context.report({ range: node.range, message: "function" });
  return {
    FunctionDeclaration: report,
    FunctionExpression: report,
    ArrowFunctionExpression: report,
  };
}

/** `line N: M lines` of each function that is longer than that. */
function longFunctions(source: string, limit: number): string[] {
  const lines = (start: number, end: number) => source.slice(start, end).split("\n").length;
  return Deno.lint.runPlugin(functions, "a.ts", source)
    .map(({ range: [start, end] }) => [lines(0, start), lines(start, end)] as const)
    .filter(([, count]) => count > limit)
    .map(([line, count]) => `line ${line}: ${count} lines`);
}

Deno.test("a long function is found", () => {
  const source = "const a = 1;\nfunction f() {\n  return () => {\n    a;\n  };\n}\n";
  assertEquals(longFunctions(source, 3), ["line 2: 5 lines"]);
  assertEquals(longFunctions(source, 5), []);
});

Deno.test("no file has over 300 lines, no function over 40", async () => {
  const files = await filesOf(HOUSE, WITH_PAGE);
  assert(files.length > 300, `${files.length} files`);
  const found: string[] = [];
  for (const file of files) {
    const source = await readFile(file);
    const count = source.split("\n").length - 1;
    if (count > MAX_FILE_LINES) found.push(`${file}: ${count} lines`);
    found.push(...longFunctions(source, MAX_FUNCTION_LINES).map((text) => `${file}, ${text}`));
  }
  assertEquals(found, []);
});
