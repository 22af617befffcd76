/**
 * Log lines about what clients wanted and may not. Invariant: at most LINES lines a second; how many more there were is
 * said in one line when the next one is due.
 */
import type { Logger } from "../plugin/types.ts";

const LINES = 20;
const WINDOW_MS = 1000;

/** A client can repeat a forbidden packet a million times; the log does not. */
export class DenialLog {
  readonly #logger: Logger;
  readonly #now: () => number;
  #windowEnd = -Infinity;
  #lines = 0;
  #suppressed = 0;

  /** @param now milliseconds of a monotonic clock */
  constructor(logger: Logger, now: () => number) {
    this.#logger = logger;
    this.#now = now;
  }

  /** Logs a line, unless there were too many in this second. */
  note(line: string): void {
    const now = this.#now();
    if (now >= this.#windowEnd) this.#openWindow(now);
    if (++this.#lines <= LINES) this.#logger.info(line);
    else this.#suppressed++;
  }

  #openWindow(now: number): void {
    if (this.#suppressed > 0) this.#logger.info(`${this.#suppressed} more denials were not logged`);
    this.#windowEnd = now + WINDOW_MS;
    this.#lines = this.#suppressed = 0;
  }
}
