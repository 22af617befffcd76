/** What a command of `midge service` has done, and what is to be typed next. */
import { printLine, printProblem } from "../terminal.ts";

/** Lines for people, and lines for a shell that runs as root. */
export interface Report {
  /** What was done, what to know. */
  readonly notes: readonly string[];
  /** In this order. */
  readonly commands: readonly string[];
}

/** Notes on stderr, commands alone on stdout: `| sudo sh` does the rest. */
export function printReport({ notes, commands }: Report): void {
  for (const line of notes) printProblem(line);
  for (const line of commands) printLine(line);
}
