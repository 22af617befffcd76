/** A clock that stands still until a test moves it. For brokers: `Broker.fromConfig(config, clock)`. */
import type { Clock } from "../../lib/clock.ts";

interface Timer {
  readonly interval: number;
  readonly callback: () => void;
  due: number;
}

/** Time as a test wants it. Starts at 1,000,000 ms; epoch and monotonic time agree. */
export class FakeClock implements Clock {
  now = 1_000_000;
  readonly #timers = new Set<Timer>();

  monotonic(): number {
    return this.now;
  }

  epoch(): number {
    return this.now;
  }

  every(milliseconds: number, callback: () => void): () => void {
    const timer = { interval: milliseconds, callback, due: this.now + milliseconds };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** How many timers run. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /** Lets time pass; timers fire in their order. */
  advance(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.now = next.due;
      next.due += next.interval;
      next.callback();
    }
    this.now = end;
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= end && (first === undefined || timer.due < first.due)) first = timer;
    }
    return first;
  }
}
