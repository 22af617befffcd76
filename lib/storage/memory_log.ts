/** A log in memory: what it holds is gone with it. Invariant: nothing in it changes when the caller's bytes do. */
import type { Batch, BatchLog } from "./batch_log.ts";

/** Batches in memory. */
export class MemoryLog implements BatchLog {
  #batches: Batch[];

  /** @param batches what it begins with, in order */
  constructor(batches: readonly Batch[] = []) {
    this.#batches = [...batches];
  }

  /** What it holds, in order. */
  get batches(): readonly Batch[] {
    return this.#batches;
  }

  async *load(): AsyncGenerator<Batch> {
    yield* this.#batches;
  }

  append(batch: Batch): Promise<void> {
    const { keepFrom } = batch;
    // One that is brought again is there already.
    this.#batches = this.#batches.filter(({ number }) =>
      number >= keepFrom && number < batch.number
    );
    this.#batches.push({ ...batch, body: batch.body.slice() });
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
