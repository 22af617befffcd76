/**
 * A log of batches whose writes a test ends: safe, failed, or not at all yet. Invariants: it holds what is safe, in
 * order; it is in a test's hands from the first `hold` on, before that a write is safe at once.
 */
import type { Batch, BatchLog } from "../../lib/storage/batch_log.ts";
import { MemoryLog } from "../../lib/storage/memory_log.ts";
import type { Replayed } from "../../lib/storage/replayed.ts";
import type { StoredState } from "../../lib/storage/state.ts";
import { replayed } from "./replayed.ts";
import { until } from "./until.ts";

interface Write {
  readonly batch: Batch;
  readonly done: PromiseWithResolvers<void>;
}

/** A log that waits for its test. */
export class HeldLog implements BatchLog {
  readonly #inner: MemoryLog;
  #isHeld = false;
  #failure: Error | undefined;
  #write: Write | undefined;
  /** How many writes were asked for, repeated ones too. */
  asked = 0;
  isClosed = false;

  /** @param batches what it begins with */
  constructor(batches: readonly Batch[] = []) {
    this.#inner = new MemoryLog(batches);
  }

  /** What is safe. */
  get batches(): readonly Batch[] {
    return this.#inner.batches;
  }

  /** The batch that waits; undefined: none does. */
  get waiting(): Batch | undefined {
    return this.#write?.batch;
  }

  load(): AsyncIterable<Batch> {
    return this.#inner.load();
  }

  append(batch: Batch): Promise<void> {
    this.asked++;
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (!this.#isHeld) return this.#inner.append(batch);
    const done = Promise.withResolvers<void>();
    this.#write = { batch, done };
    return done.promise;
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  /** From now on a write waits for the test. */
  hold(): void {
    this.#isHeld = true;
  }

  /** A write is under way. */
  async asksFor(what = "a write"): Promise<Batch> {
    await until(() => this.#write !== undefined, what);
    return this.#write!.batch;
  }

  /** The write under way is safe; waits for one. */
  async pass(): Promise<void> {
    await this.asksFor();
    const { batch, done } = this.#take();
    await this.#inner.append(batch);
    done.resolve();
  }

  /** The write under way has failed; waits for one. */
  async fail(cause: Error): Promise<void> {
    await this.asksFor();
    this.#take().done.reject(cause);
  }

  /** The write under way and all that come are safe. */
  async free(): Promise<void> {
    this.#isHeld = false;
    this.#failure = undefined;
    if (this.#write !== undefined) await this.pass();
  }

  /** The write under way, if there is one, and all that come fail. */
  breakDown(cause: Error): void {
    this.#failure = cause;
    if (this.#write !== undefined) this.#take().done.reject(cause);
  }

  /** What someone would find who reads it now. */
  read(): Replayed {
    return replayed(this.batches);
  }

  /** The state of that. */
  get state(): StoredState {
    return this.read().state;
  }

  /** Do the bytes of what is safe, or waits, hold this text? */
  holds(text: string): boolean {
    const all = [...this.batches, ...(this.#write === undefined ? [] : [this.#write.batch])];
    return all.some(({ body }) => new TextDecoder("latin1").decode(body).includes(text));
  }

  #take(): Write {
    const write = this.#write!;
    this.#write = undefined;
    return write;
  }
}
