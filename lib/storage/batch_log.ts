/**
 * Where batches of records are kept: files of the journal, memory, or what a plugin brings. Invariants: one `append`
 * is under way at a time; its promise means that the batch outlives what the log is to outlive; batches come back in
 * the order of their numbers, each once.
 */

/** What is written in one piece: all of it counts, or nothing. */
export interface Batch {
  /** Rises by one with each batch, from 1 on. */
  readonly number: number;
  /** Batches below this number need not be kept once this one is safe. */
  readonly keepFrom: number;
  /** When it was closed, milliseconds of the store's own time, which never goes back. */
  readonly time: number;
  /** The same moment by the machine's clock, milliseconds since the epoch. */
  readonly wall: number;
  /** Records (records.ts). Borrowed by `append` until it settles; owned where it is read. */
  readonly body: Uint8Array;
}

/** What a log takes, in bytes. */
export interface LogStats {
  /** Where it is kept. */
  readonly size: number;
  /** Written since the start. */
  readonly written: number;
}

/** A log of batches. */
export interface BatchLog {
  /** Absent: it does not know. */
  readonly stats?: LogStats;
  /**
   * What is there, from the first batch that is needed on; called once, before the first `append`.
   * @throws StoreError for what can be read no further
   */
  load(): AsyncIterable<Batch>;
  /**
   * Adds a batch. After a rejection nothing is known of it: it may be there or not, and the next call brings it again,
   * with the same number; `load` gives it once.
   */
  append(batch: Batch): Promise<void>;
  /** No call is under way any more. */
  close(): Promise<void>;
}

/** A log that cannot be used, or not to its end: what, where, what to do. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}
