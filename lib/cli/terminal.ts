/**
 * What the command line prints for people: results on stdout, problems on stderr. Used by lib/cli
 * alone. Invariant: a line is one line (file and user names are escaped), and a reader that has gone
 * away is no error.
 */
import { escapeText } from "../log/format.ts";

const encoder = new TextEncoder();

function writeAll(writer: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest = encoder.encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(writer.writeSync(rest));
  } catch {
    // `midge --help | head` closes the pipe early: nobody reads any more
  }
}

/** Writes text of our own, which may have several lines, to stdout. */
export function printText(text: string): void {
  writeAll(Deno.stdout, text + "\n");
}

/** Writes one result line to stdout. */
export function printLine(line: string): void {
  writeAll(Deno.stdout, escapeText(line) + "\n");
}

/** Writes one problem line to stderr. */
export function printProblem(line: string): void {
  writeAll(Deno.stderr, escapeText(line) + "\n");
}
