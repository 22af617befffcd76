/**
 * What the house does not say in its comments. Invariant: strings are not comments; a rule names the words that it
 * found, and where.
 */
/// <reference lib="deno.unstable" />

/** Words that have a plainer form, and notes that belong into an issue. */
const WORDS = /\b(nobody|whoever|so[\s*]+many|TODO|FIXME)\b/gi;
/** A header says a file's job and its invariant; who calls it changes without it. */
const CALLERS = /\b(used|called|made)[\s*]+by\b/gi;

type Comment = Deno.lint.LineComment | Deno.lint.BlockComment;

/** One line per finding: `FILE:LINE says "nobody"`. */
export function wordProblems(file: string, source: string): string[] {
  const problems: string[] = [];
  const check = ({ value, range: [start] }: Comment) => {
    const before = source.slice(0, start);
    const rules = before.trim() === "" ? [WORDS, CALLERS] : [WORDS];
    for (const { 0: found, index } of rules.flatMap((rule) => [...value.matchAll(rule)])) {
      const line = (before + value.slice(0, index)).split("\n").length;
      problems.push(`${file}:${line} says "${found.replace(/[\s*]+/g, " ")}"`);
    }
  };
  const create = (context: Deno.lint.RuleContext) => {
    context.sourceCode.getAllComments().forEach(check);
    return {};
  };
  Deno.lint.runPlugin({ name: "house", rules: { words: { create } } }, file, source);
  return problems;
}
