/**
 * A log whose writes end when the test says so. Invariant: what it holds is what was said to be safe, from the first
 * batch that is needed on.
 */
import type { Batch, BatchLog } from "../../lib/storage/batch_log.ts";

interface Write {
  readonly batch: Batch;
  readonly done: PromiseWithResolvers<void>;
}

/** Batches in memory, each safe by the test's word. */
export class HeldLog implements BatchLog {
  #batches: Batch[];
  #write: Write | undefined;

  /** @param batches what it begins with, in order */
  constructor(batches: readonly Batch[] = []) {
    this.#batches = [...batches];
  }

  /** What is safe, in order. */
  get batches(): readonly Batch[] {
    return this.#batches;
  }

  get isWriting(): boolean {
    return this.#write !== undefined;
  }

  async *load(): AsyncGenerator<Batch> {
    yield* this.#batches;
  }

  append(batch: Batch): Promise<void> {
    const copy = { ...batch, body: batch.body.slice() };
    this.#write = { batch: copy, done: Promise.withResolvers<void>() };
    return this.#write.done.promise;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The write under way is safe; resolves when what waited for it has gone on. */
  async settle(): Promise<void> {
    const { batch, done } = this.#taken();
    this.#batches = this.#batches.filter(({ number }) => number >= batch.keepFrom);
    this.#batches.push(batch);
    done.resolve();
    await turns();
  }

  /** The write under way has failed. */
  async fail(): Promise<void> {
    this.#taken().done.reject(new Error("no space left on device"));
    await turns();
  }

  /** Writes are safe until there is none. */
  async settleAll(): Promise<void> {
    await turns();
    while (this.isWriting) await this.settle();
  }

  #taken(): Write {
    const write = this.#write;
    if (write === undefined) throw new Error("nothing is being written");
    this.#write = undefined;
    return write;
  }
}

/** Some turns of the queue of microtasks. */
export async function turns(): Promise<void> {
  for (let left = 20; left > 0; left--) await Promise.resolve();
}
