// @ts-check
/** Messages a second, over about the last ten seconds. Invariant: it falls while nothing comes. */

const SECONDS = 10;

export class Rate {
  #value = 0;
  #at = 0;

  /** @param {number} count @param {number} now milliseconds */
  add(count, now) {
    this.#value = this.value(now) + count / SECONDS;
    this.#at = now;
  }

  /** @param {number} now milliseconds */
  value(now) {
    if (this.#value === 0) return 0;
    return this.#value * Math.exp((this.#at - now) / (SECONDS * 1_000));
  }
}
