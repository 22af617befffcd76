/**
 * A rate with a burst, as a token bucket. Invariant: over any time never more is taken by `tryTake` than what the rate
 * gives in that time, and one burst. It keeps one number, when the bucket will be full: a bucket at rest needs no care.
 */

/** How many a second, and how many at once. */
export interface Rate {
  /** More than 0; it may have a fraction. */
  readonly perSecond: number;
  /** The size of the bucket, 1 or more. */
  readonly burst: number;
}

/** One bucket, full when it is made. Times are milliseconds of a clock that never goes back. */
export class TokenBucket {
  readonly #burst: number;
  /** Milliseconds that one token takes to come. */
  readonly #tokenMs: number;
  #fullAt = -Infinity;

  /** A full one. */
  constructor({ perSecond, burst }: Rate) {
    this.#burst = burst;
    this.#tokenMs = 1000 / perSecond;
  }

  /** Is it as if nothing had ever been taken? */
  isFull(now: number): boolean {
    return this.#fullAt <= now;
  }

  /** What can be taken; below 0 where more was taken than there was. */
  tokens(now: number): number {
    return this.isFull(now) ? this.#burst : this.#burst - (this.#fullAt - now) / this.#tokenMs;
  }

  /** Takes that many, whether they are there or not. */
  take(count: number, now: number): void {
    this.#fullAt = Math.max(this.#fullAt, now) + count * this.#tokenMs;
  }

  /** Takes one where it is there; false: it is not. */
  tryTake(now: number): boolean {
    if (this.wait(1, now) > 0) return false;
    this.take(1, now);
    return true;
  }

  /** Milliseconds until that many are there, at most the burst; 0: they are. */
  wait(count: number, now: number): number {
    return Math.max(0, this.#fullAt - (this.#burst - count) * this.#tokenMs - now);
  }
}
