/**
 * A bounded channel from what happens to one who follows it. Invariants: giving never waits; who is too slow misses the
 * oldest, and is told how many; it ends when either side ends it.
 */
import { Fifo } from "./fifo.ts";

/** Events for one reader. */
export class Feed<Event> implements AsyncIterableIterator<Event> {
  readonly #events = new Fifo<Event>();
  readonly #most: number;
  readonly #closed: () => void;
  #missed = 0;
  #isOver = false;
  #waiting: PromiseWithResolvers<void> | undefined;

  /**
   * @param most events that wait for the reader
   * @param closed called once, when it is over
   */
  constructor(most: number, closed: () => void) {
    this.#most = most;
    this.#closed = closed;
  }

  /** How many events the reader has missed since this was last asked. */
  takeMissed(): number {
    const missed = this.#missed;
    this.#missed = 0;
    return missed;
  }

  /** Gives an event; nothing happens behind the end. */
  give(event: Event): void {
    if (this.#isOver) return;
    if (this.#events.length >= this.#most) {
      this.#events.shift();
      this.#missed++;
    }
    this.#events.push(event);
    this.#wake();
  }

  /** The reader gets what waits, and then the end. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#closed();
    this.#wake();
  }

  /** The next event, once there is one. */
  async next(): Promise<IteratorResult<Event>> {
    while (this.#events.length === 0) {
      if (this.#isOver) return { done: true, value: undefined };
      this.#waiting ??= Promise.withResolvers();
      await this.#waiting.promise;
    }
    return { done: false, value: this.#events.shift()! };
  }

  /** The reader has enough. */
  return(): Promise<IteratorResult<Event>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #wake(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }
}
