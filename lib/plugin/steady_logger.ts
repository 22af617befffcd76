/**
 * A log that no client can flood: at most LINES lines a second pass, long ones cut. Invariants: how many more there were is said in
 * one line of the next second, at the level of the last of them; debug passes always, for it is asked for to see all.
 */
import type { Clock } from "../clock.ts";
import { shown } from "../shown.ts";
import type { Logger } from "./types.ts";

/** Lines a second. */
const LINES = 20;
const WINDOW_MS = 1000;
/** Characters of a line: what sources and plugins say may hold what a client sent. */
const LONGEST = 500;

type Level = "info" | "warn" | "error";

/** With `after` it says by itself how many lines were withheld; without, `flush` or the next line does. */
export type SteadyClock = Pick<Clock, "now"> & Partial<Pick<Clock, "after">>;

/** A logger in front of another, for lines that clients can cause. */
export class SteadyLogger implements Logger {
  readonly #logger: Logger;
  readonly #clock: SteadyClock;
  readonly #what: string;
  #windowEnd = -Infinity;
  #lines = 0;
  #withheld = 0;
  #level: Level = "info";
  #errors = 0;

  /** `what`: what the lines are about, for their number: `refusals`. */
  constructor(logger: Logger, clock: SteadyClock, what: string) {
    this.#logger = logger;
    this.#clock = clock;
    this.#what = what;
  }

  /** How many errors there were, also those that were withheld. */
  get errors(): number {
    return this.#errors;
  }

  /** Passes always. */
  debug(message: string, properties?: Record<string, unknown>): void {
    this.#logger.debug(message, properties);
  }

  /** Counts against the rate. */
  info(message: string, properties?: Record<string, unknown>): void {
    if (this.#passes("info")) this.#logger.info(shown(message, LONGEST), properties);
  }

  /** Counts against the rate. */
  warn(message: string, properties?: Record<string, unknown>): void {
    if (this.#passes("warn")) this.#logger.warn(shown(message, LONGEST), properties);
  }

  /** Counts against the rate. */
  error(message: string, properties?: Record<string, unknown>): void {
    this.#errors++;
    if (this.#passes("error")) this.#logger.error(shown(message, LONGEST), properties);
  }

  /** As the logger behind it. */
  isEnabledFor(level: Parameters<Logger["isEnabledFor"]>[0]): boolean {
    return this.#logger.isEnabledFor(level);
  }

  /** Says how many lines were withheld, once their second is over. */
  flush(): void {
    if (this.#withheld === 0 || this.#clock.now() < this.#windowEnd) return;
    this.#logger[this.#level](`${this.#withheld} more ${this.#what} were not logged`);
    this.#withheld = 0;
  }

  #passes(level: Level): boolean {
    const now = this.#clock.now();
    if (now >= this.#windowEnd) {
      this.flush();
      this.#windowEnd = now + WINDOW_MS;
      this.#lines = 0;
    }
    if (++this.#lines <= LINES) return true;
    if (this.#withheld++ === 0) this.#clock.after?.(this.#windowEnd - now, () => this.flush());
    this.#level = level;
    return false;
  }
}
