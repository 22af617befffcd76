/** A clock that stands still until a test moves it. Its functions need no `this`, as those of every Clock. */
import type { Clock } from "../../lib/clock.ts";

interface Timer {
  /** Undefined: it fires once. */
  readonly interval: number | undefined;
  readonly callback: () => void;
  due: number;
}

/** Time as a test wants it; epoch and monotonic time agree. Starts at 1,000,000 ms. */
export class FakeClock implements Clock {
  /** Milliseconds. */
  time: number;
  readonly #timers = new Set<Timer>();

  constructor(time = 1_000_000) {
    this.time = time;
  }

  readonly now = (): number => this.time;
  readonly epoch = (): number => this.time;

  readonly every = (milliseconds: number, callback: () => void): () => void =>
    this.#add({ interval: milliseconds, callback, due: this.time + milliseconds });

  readonly after = (milliseconds: number, callback: () => void): () => void =>
    this.startOnce(milliseconds, callback);

  /** How many timers run. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /** Is there a timer that fires after just this time? */
  hasTimerIn(milliseconds: number): boolean {
    return [...this.#timers].some(({ due }) => due === this.time + milliseconds);
  }

  /** Lets time pass; timers fire in their order. */
  advance(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.time = next.due;
      if (next.interval === undefined) this.#timers.delete(next);
      else next.due += next.interval;
      next.callback();
    }
    this.time = end;
  }

  protected startOnce(milliseconds: number, callback: () => void): () => void {
    return this.#add({ interval: undefined, callback, due: this.time + milliseconds });
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= end && (first === undefined || timer.due < first.due)) first = timer;
    }
    return first;
  }
}
