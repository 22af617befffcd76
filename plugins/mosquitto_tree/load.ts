/**
 * Moving averages of counters as mosquitto has them: exponential, over 1, 5 and 15 minutes, a minute. Invariant: they
 * begin at 0, and are as exact as they are often updated.
 */

const MINUTES = [1, 5, 15] as const;
const MINUTE_MS = 60_000;

/** One average. */
export interface Average {
  readonly minutes: (typeof MINUTES)[number];
  /** A minute. */
  readonly value: number;
}

/** The averages of one counter. */
export class Load {
  #last: number;
  readonly #values = [0, 0, 0];

  /** @param count what the counter has at first */
  constructor(count: number) {
    this.#last = count;
  }

  /** The counter has risen to this, in that time. */
  update(count: number, milliseconds: number): void {
    if (milliseconds <= 0) return;
    const perMinute = (count - this.#last) * MINUTE_MS / milliseconds;
    this.#last = count;
    MINUTES.forEach((minutes, index) => {
      const weight = Math.exp(-milliseconds / (minutes * MINUTE_MS));
      this.#values[index] = perMinute + weight * (this.#values[index]! - perMinute);
    });
  }

  /** As they are now. */
  get averages(): readonly Average[] {
    return MINUTES.map((minutes, index) => ({ minutes, value: this.#values[index]! }));
  }
}
