/**
 * Runs one task after the other, taking turns between keys, so that a key with a thousand tasks
 * delays only itself. Invariant: at most one task runs, at most `maxWaiting` wait, and every
 * promise settles.
 */

/** A task was turned away, or turned out, because too many wait. */
export class QueueFullError extends Error {
  override readonly name = "QueueFullError";
}

interface Entry {
  start(): Promise<void>;
  refuse(reason: unknown): void;
}

/** A queue that serves its keys in turn. */
export class FairQueue {
  readonly #maxWaiting: number;
  /** Insertion order is the order of turns; no list is empty. */
  readonly #waiting = new Map<string, Entry[]>();
  #count = 0;
  #busy = false;

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Runs the task when its key's turn comes.
   *
   * @param signal When it fires the promise rejects with its reason; a task that has not begun never
   * will, one under way runs to its end unheard.
   * @throws {QueueFullError} when too many wait and no key has more of them than this one.
   */
  run<T>(key: string, task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
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
      this.#remove(key, entry);
      entry.refuse(signal?.reason);
    };
    const cleanUp = () => signal?.removeEventListener("abort", onAbort);
    signal?.addEventListener("abort", onAbort);
    this.#add(key, entry);
    this.#next();
    return promise;
  }

  /** Rejects everything that waits. */
  dispose(reason: Error): void {
    const entries = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    this.#count = 0;
    for (const entry of entries) entry.refuse(reason);
  }

  #add(key: string, entry: Entry): void {
    const list = this.#waiting.get(key);
    if (list) list.push(entry);
    else this.#waiting.set(key, [entry]);
    if (++this.#count > this.#maxWaiting) this.#turnOutOne();
  }

  /** The newest task of the key with most waiting goes. */
  #turnOutOne(): void {
    let longest: [string, Entry[]] | undefined;
    for (const candidate of this.#waiting) {
      if (!longest || candidate[1].length >= longest[1].length) longest = candidate;
    }
    const [key, list] = longest!;
    const entry = list.at(-1)!;
    this.#remove(key, entry);
    entry.refuse(new QueueFullError(`more than ${this.#maxWaiting} password checks are waiting`));
  }

  #remove(key: string, entry: Entry): void {
    const list = this.#waiting.get(key);
    const index = list?.indexOf(entry) ?? -1;
    if (!list || index < 0) return;
    list.splice(index, 1);
    this.#count--;
    if (list.length === 0) this.#waiting.delete(key);
  }

  #next(): void {
    if (this.#busy) return;
    for (const [key, list] of this.#waiting) {
      const entry = list[0]!;
      this.#waiting.delete(key);
      this.#waiting.set(key, list);
      this.#remove(key, entry);
      this.#busy = true;
      entry.start().finally(() => {
        this.#busy = false;
        this.#next();
      });
      return;
    }
  }
}
