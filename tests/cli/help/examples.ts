/**
 * The examples in help texts, as command lines that can be run or read. Invariant: what stands before a pipe or behind
 * `>` is the shell's and no word of Midge's.
 */

import { partsOf } from "../../../tools/man/help_parts.ts";

/** One command line of Midge, without the word `midge`. */
export interface Example {
  /** As it stands in the help. */
  readonly line: string;
  readonly args: readonly string[];
  /** What `echo` before a pipe says. */
  readonly stdin: string;
}

/** The command lines below `Examples:`, and those behind `Example:`. */
export function examplesOf(help: string): Example[] {
  return partsOf(help).examples.map(exampleOf);
}

/** The first command of midge on the line. */
function exampleOf(line: string): Example {
  const words = wordsOf(line);
  const start = words.indexOf("midge");
  const end = words.findIndex((word, at) => at > start && /^(>|\||&&)/.test(word));
  const pipe = words.indexOf("|");
  const stdin = words[0] === "echo" ? `${words.slice(1, pipe).join(" ")}\n` : "";
  return { line, stdin, args: start < 0 ? [] : words.slice(start + 1, end < 0 ? undefined : end) };
}

function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|[^\s()]+/g)]
    .map(([word, single, double]) => single ?? double ?? word);
}
