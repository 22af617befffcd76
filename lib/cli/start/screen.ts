/**
 * What a person at a terminal sees of a start, in place of the log's first lines. Invariant: what is held back here is
 * shown when the start is done, and nothing is held after that; errors, and warnings of others, are never held.
 */
import type { LogRecord } from "@logtape/logtape";
import { lineOf } from "../../log/format.ts";
import { printProblem } from "../terminal.ts";
import { screenLines, type Started } from "./screen_lines.ts";

/** Gathers while the broker starts. */
export class StartScreen {
  readonly #told: string[] = [];
  readonly #notes: string[] = [];
  readonly #plugins: string[] = [];
  #isDone = false;

  /** For the log: takes what the screen says in its own words. */
  readonly hold = (record: LogRecord): boolean => {
    if (this.#isDone) return false;
    const [, room] = record.category;
    if (record.level === "info") {
      if (room === "plugins") this.#plugins.push(lineOf(record));
      return true;
    }
    if (record.level !== "warning" || room !== "cli") return false;
    this.#notes.push(lineOf(record));
    return true;
  };

  /** For the broker: what is for the eyes of the person alone. Later lines are printed at once. */
  readonly tell = (line: string): void => {
    if (this.#isDone) printProblem(line);
    else this.#told.push(line);
  };

  /** Prints all of it; from now on nothing is held. */
  show(started: Started): void {
    this.#isDone = true;
    const lines = screenLines(started, {
      told: this.#told,
      notes: this.#notes,
      plugins: this.#plugins,
    });
    for (const line of lines) printProblem(line);
  }
}
