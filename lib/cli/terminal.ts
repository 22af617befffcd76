/**
 * What the command line prints for people: results on stdout, problems and questions on stderr. Invariant: a line is
 * one line (file and user names are escaped), and a reader that has gone away is no error.
 */
import { escapeJson, escapeText } from "../log/format.ts";
import { writeText } from "../log/write.ts";

/** Writes text of our own, which may have several lines, to stdout. */
export function printText(text: string): void {
  writeText(Deno.stdout, text + "\n");
}

/** Writes a value as one line of JSON to stdout; what moves a cursor or reorders text is escaped in it. */
export function printJson(value: unknown): void {
  writeText(Deno.stdout, escapeJson(JSON.stringify(value)) + "\n");
}

/** Writes one result line to stdout. */
export function printLine(line: string): void {
  writeText(Deno.stdout, escapeText(line) + "\n");
}

/** Writes a question to stderr; the answer stands behind it. */
export function printPrompt(question: string): void {
  writeText(Deno.stderr, escapeText(question) + " ");
}

/** Ends the line of a question whose answer was not shown. */
export function endPrompt(): void {
  writeText(Deno.stderr, "\n");
}

/** Writes one problem line to stderr. */
export function printProblem(line: string): void {
  writeText(Deno.stderr, escapeText(line) + "\n");
}
