/**
 * Fairness: a socket that always has data is served from microtasks and would starve timers, new connections and quiet
 * clients. After WORK_MS of work since the last pause, a connection whose read filled its buffer waits for one shared
 * timer. One per broker. Invariant: all who wait go on together.
 */

const WORK_MS = 2;

/** Measures work between pauses and pauses. */
export class Turn {
  readonly #now: () => number;
  readonly #workMs: number;
  #pausedAt: number;
  #pause: Promise<void> | undefined;

  /**
   * @param now milliseconds of a monotonic clock
   * @param workMs how much work before a pause; a client, which has one connection, can afford more
   */
  constructor(now: () => number, workMs = WORK_MS) {
    this.#now = now;
    this.#workMs = workMs;
    this.#pausedAt = now();
  }

  /** Has there been so much work that others should have their turn? */
  get isOver(): boolean {
    return this.#pause !== undefined || this.#now() - this.#pausedAt > this.#workMs;
  }

  /** Lets everything else that is ready go first. */
  pause(): Promise<void> {
    return this.#pause ??= new Promise((resolve) => {
      setTimeout(() => {
        this.#pause = undefined;
        this.#pausedAt = this.#now();
        resolve();
      }, 0);
    });
  }
}
