/** How the writes of a journal go: counted, timed, and whether they fail. Invariant: it only counts. */
import type { Clock } from "../clock.ts";
import { Histogram } from "../histogram.ts";
import { messageOf } from "../user_error.ts";

/** The writes of one journal. */
export class WriteTally {
  readonly #clock: Clock;
  /** When the write under way began, on the clock; NaN: none is. */
  #began = NaN;
  #failingFrom = NaN;
  /** Writes that are safe, and tries that failed. */
  writes = 0;
  failures = 0;
  /** Bytes of records that are safe. */
  bytes = 0;
  /** How long each took, with its flush, microseconds. */
  readonly times = new Histogram();
  /** How long the last write took, milliseconds. */
  lastMs = 0;
  /** Since when all is well, or is not, milliseconds since the epoch. */
  since: number;
  /** The last failure in one line, also when it is over. */
  lastError: string | undefined = undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.since = clock.epoch();
  }

  /** A write has failed, and what it was to write is not safe yet. */
  get isFailing(): boolean {
    return !Number.isNaN(this.#failingFrom);
  }

  /** For how long, milliseconds; 0: nothing fails. */
  get failingMs(): number {
    return this.isFailing ? this.#clock.now() - this.#failingFrom : 0;
  }

  /** How long the write under way has taken so far, milliseconds; 0: none is. */
  get waitingMs(): number {
    return Number.isNaN(this.#began) ? 0 : this.#clock.now() - this.#began;
  }

  began(): void {
    this.#began = this.#clock.now();
  }

  /** The write under way is over, well or not. */
  ended(): void {
    this.lastMs = this.waitingMs;
    this.times.observe(this.lastMs * 1000);
    this.#began = NaN;
  }

  /** That many bytes are safe. True: writing had failed before. */
  succeeded(bytes: number): boolean {
    this.writes++;
    this.bytes += bytes;
    if (!this.isFailing) return false;
    this.#failingFrom = NaN;
    this.since = this.#clock.epoch();
    return true;
  }

  /** True: it has not failed before, since all went well. */
  failed(cause: unknown): boolean {
    this.lastError = messageOf(cause);
    if (this.isFailing) return false;
    this.#failingFrom = this.#clock.now();
    this.since = this.#clock.epoch();
    return true;
  }
}
