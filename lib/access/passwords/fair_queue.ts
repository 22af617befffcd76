/**
 * Runs one task after the other, taking turns between groups and within them between keys, so that a
 * key with a thousand tasks delays only itself. Invariant: at most one task runs, at most `maxWaiting` wait, and every
 * promise settles.
 */

import { BusyError } from "../../busy_error.ts";
import { GroupedTurns } from "../../turns.ts";

/** A task was turned away, or turned out, because too many wait. */
export class QueueFullError extends BusyError {
  override readonly name = "QueueFullError";
}

interface Entry {
  start(): Promise<void>;
  refuse(reason: unknown): void;
}

/** A queue that serves its keys in turn. */
export class FairQueue {
  readonly #maxWaiting: number;
  readonly #waiting = new GroupedTurns<Entry>();
  #busy = false;

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Runs the task when its key's turn comes.
   * @param group Groups take turns first; a key belongs to one.
   * @param signal When it fires the promise rejects with its reason; a task that has not begun never
   * will, one under way runs to its end unheard.
   * @throws {QueueFullError} when too many wait and no key has more of them than this one.
   */
  run<T>(
    key: string,
    task: () => Promise<T>,
    signal?: AbortSignal,
    group = "",
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (signal?.aborted) return Promise.reject(signal.reason);
    const entry: Entry = {
      start: () => task().then(resolve, reject).finally(cleanUp),
      refuse: (reason) => {
        reject(reason);
        cleanUp();
      },
    };
    const onAbort = () => {
      this.#waiting.remove(group, key, entry);
      entry.refuse(signal?.reason);
    };
    const cleanUp = () => signal?.removeEventListener("abort", onAbort);
    signal?.addEventListener("abort", onAbort);
    this.#waiting.add(group, key, entry);
    if (this.#waiting.size > this.#maxWaiting) this.#turnOutOne();
    this.#next();
    return promise;
  }

  /** Rejects everything that waits. */
  dispose(reason: Error): void {
    for (const entry of this.#waiting.drain()) entry.refuse(reason);
  }

  /** The newest task of the key with most waiting goes. */
  #turnOutOne(): void {
    const why = `more than ${this.#maxWaiting} password checks are waiting`;
    this.#waiting.removeFromLongest()?.refuse(new QueueFullError(why));
  }

  #next(): void {
    if (this.#busy) return;
    const entry = this.#waiting.next();
    if (entry === undefined) return;
    this.#busy = true;
    entry.start().finally(() => {
      this.#busy = false;
      this.#next();
    });
  }
}
