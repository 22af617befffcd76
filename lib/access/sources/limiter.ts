/**
 * Bounds how many questions a source answers at once. Invariants: first come, first served; a question that stops
 * waiting leaves no trace; a place is given back exactly once.
 */
import { orAborted } from "../../wait.ts";

/** A limited number at a time, the others wait. */
export class Limiter {
  readonly #limit: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  /** That many may run at once. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many run now. */
  get running(): number {
    return this.#running;
  }

  /** How many wait for a place. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Runs the work when there is a place; rejects with the signal's reason when that fires before. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#limit) this.#running++;
    else await this.#wait(signal);
    try {
      return await work();
    } finally {
      this.#handOver();
    }
  }

  /** The place comes from the one who leaves; given to one who has just stopped waiting, it goes on. */
  async #wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    try {
      await orAborted(promise, signal);
    } catch (reason) {
      if (!this.#waiting.delete(resolve)) this.#handOver();
      throw reason;
    }
  }

  #handOver(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running--;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
