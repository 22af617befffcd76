/** A client's clock that stands still until a test moves it. For `new Client(options, clock)`. */
import type { ClientClock } from "../../lib/client/clock.ts";
import { FakeClock } from "./fake_clock.ts";

/** Time and chance as a test wants them. */
export class FakeClientClock implements ClientClock {
  readonly #clock = new FakeClock();
  /** Every pause that was asked for, milliseconds. */
  readonly pauses: number[] = [];
  /** What `random` answers. */
  chance = 0;

  readonly now = (): number => this.#clock.now;
  readonly random = (): number => this.chance;

  every(milliseconds: number, callback: () => void): () => void {
    return this.#clock.every(milliseconds, callback);
  }

  wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    this.pauses.push(milliseconds);
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const stop = this.every(milliseconds, () => {
        stop();
        resolve();
      });
      signal.addEventListener("abort", () => {
        stop();
        reject(signal.reason);
      });
    });
  }

  /** Lets time pass; timers fire in their order. */
  advance(milliseconds: number): void {
    this.#clock.advance(milliseconds);
  }

  /** How many timers run. */
  get timerCount(): number {
    return this.#clock.timerCount;
  }
}
