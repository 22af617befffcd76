/**
 * The store's own time, in which whatever is stored says when: it goes on while the broker runs, by the clock that never
 * goes back, and over a stop by as much as the machine's clock has gone on. Invariants: it never goes back; a machine's
 * clock that is set while the broker runs, or set back while it does not, neither ends nor revives anything.
 */
import type { Clock } from "../clock.ts";

/** From this difference on the machine's clock was set, milliseconds. */
const SET_MS = 10_000;

/** One store's time. */
export class StoreTime {
  readonly #clock: Clock;
  /** From the broker's clock to the store's time. */
  readonly #offset: number;
  /** Between the two clocks, as the log last heard of it. */
  #difference: number;

  /**
   * @param last the store's time at the end of the log
   * @param wall that moment by the machine's clock; NaN: the log is empty
   */
  constructor(clock: Clock, last: number, wall: number) {
    this.#clock = clock;
    const away = Number.isNaN(wall) ? 0 : Math.max(0, clock.epoch() - wall);
    this.#offset = last + away - clock.now();
    this.#difference = NaN;
  }

  /** The store's time of a moment on the broker's clock. */
  of(time: number): number {
    return time + this.#offset;
  }

  /** The moment on the broker's clock of a store's time; it may be before its beginning. */
  back(time: number): number {
    return time - this.#offset;
  }

  /** Now, for a batch. */
  stamp(): { time: number; wall: number } {
    const [now, wall] = [this.#clock.now(), this.#clock.epoch()];
    this.#difference = wall - now;
    return { time: this.of(now), wall };
  }

  /** Was the machine's clock set since the last batch? Then the log should hear of it. */
  get isOff(): boolean {
    return Math.abs(this.#clock.epoch() - this.#clock.now() - this.#difference) > SET_MS;
  }
}
