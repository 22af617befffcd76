/**
 * One end for everything that a decision waits for. `using` ends it. Invariant: the signal fires at the latest when the
 * time is up, and nothing stays registered after disposal.
 */
import { BusyError } from "../../busy_error.ts";
import { SourceError } from "./error.ts";
import type { Clock } from "../../clock.ts";
import { orAborted } from "../../wait.ts";

/** A limit in time, with the signals that end it earlier. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #cancelTimer: () => void;
  readonly #parents: readonly AbortSignal[];
  readonly #onAbort = (event: Event) => this.#follow(event.target as AbortSignal);

  /**
   * Runs from now on.
   * @param what Says in the error what took too long: `no answer`.
   * @param parents Those that may give the answer up.
   * @param waits Asked at the end of the time: has it passed in a queue of ours, most of it?
   */
  constructor(
    clock: Pick<Clock, "after">,
    milliseconds: number,
    what: string,
    parents: readonly AbortSignal[] = [],
    waits: () => boolean = () => false,
  ) {
    this.#parents = parents;
    for (const parent of parents) {
      if (parent.aborted) this.#follow(parent);
      parent.addEventListener("abort", this.#onAbort, { once: true });
    }
    const late = () => {
      const time = `within ${milliseconds / 1000} s`;
      this.#controller.abort(
        waits()
          ? new BusyError(`its turn did not come ${time}`)
          : new SourceError(`${what} ${time}`, { isTransport: true }),
      );
    };
    this.#cancelTimer = clock.after(milliseconds, late);
  }

  /** Fires at the end of the time, or when the caller's own signal does. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What the work gives, or the reason why no one waits for it any longer. */
  run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.signal.aborted) return Promise.reject(this.signal.reason);
    return orAborted(work(this.signal), this.signal);
  }

  /** Stops the timer. */
  [Symbol.dispose](): void {
    this.#cancelTimer();
    for (const parent of this.#parents) parent.removeEventListener("abort", this.#onAbort);
  }

  #follow(parent: AbortSignal): void {
    this.#controller.abort(parent.reason);
  }
}
