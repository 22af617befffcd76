/**
 * What the command line prints for people: results on stdout, problems on stderr. Used by lib/cli
 * alone. Invariant: a line is one line (file and user names are escaped), and a reader that has gone
 * away is no error.
 */
import { escapeText } from "../log/format.ts";
import { writeText } from "../log/write.ts";

/** Writes text of our own, which may have several lines, to stdout. */
export function printText(text: string): void {
  writeText(Deno.stdout, text + "\n");
}

/** Writes one result line to stdout. */
export function printLine(line: string): void {
  writeText(Deno.stdout, escapeText(line) + "\n");
}

/** Writes one problem line to stderr. */
export function printProblem(line: string): void {
  writeText(Deno.stderr, escapeText(line) + "\n");
}
