/**
 * The examples in help texts, as command lines that can be run or read. Invariant: what stands before a pipe or behind
 * `>` is the shell's and no word of Midge's.
 */

/** One command line of Midge, without the word `midge`. */
export interface Example {
  /** As it stands in the help. */
  readonly line: string;
  readonly args: readonly string[];
  /** What `echo` before a pipe says. */
  readonly stdin: string;
}

/** The lines of midge below `Example:` or `Examples:`. */
export function examplesOf(help: string): Example[] {
  const [, section = ""] = help.split(/^Examples?:\n/m);
  const lines = section.split("\n\n")[0]!.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "").map(exampleOf);
}

function exampleOf(line: string): Example {
  const words = wordsOf(line);
  const pipe = words.indexOf("|");
  const start = words.indexOf("midge", pipe + 1);
  const end = words.findIndex((word, at) => at > start && word.startsWith(">"));
  const stdin = words[0] === "echo" ? `${words.slice(1, pipe).join(" ")}\n` : "";
  return { line, stdin, args: start < 0 ? [] : words.slice(start + 1, end < 0 ? undefined : end) };
}

function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|[^\s()]+/g)]
    .map(([word, single, double]) => single ?? double ?? word);
}
