/**
 * The storage that a plugin can bring: a log of batches, which the broker's journal writes and reads. Invariant: types
 * only; what is said here is all that the journal relies on.
 */
import type { MaybePromise } from "./types.ts";

/** What is written in one piece: all of it counts, or nothing. Keep every field as it is; what they mean is the broker's. */
export interface StoredBatch {
  /** A whole number that rises by one with each batch, from 1 on. */
  readonly number: number;
  /** A whole number, at most `number`: batches below it need not be kept once this one is safe. */
  readonly keepFrom: number;
  /** When it was closed: milliseconds, with a fraction, of the store's own time, which never goes back. */
  readonly time: number;
  /** The same moment by the machine's clock: milliseconds since the epoch. It may go back. */
  readonly wall: number;
  /**
   * Up to about a MiB, or one larger message; it may be empty. In `append` borrowed: valid, and not to be written to,
   * until the call has settled. From `load` the broker's own: it must not change any more.
   */
  readonly body: Uint8Array;
}

/**
 * Where what is to outlive the broker is kept: the hook `storage`. One call is under way at a time: `load` to its end,
 * then `append` again and again, then `close`. Its methods are called on the object.
 */
export interface BatchStorage {
  /**
   * What is there: batches in the order of their numbers, each once, without a gap, from the first that is needed on
   * (the newest batch's `keepFrom`) or from an earlier one. None: the store is new. What is thrown refuses the start.
   */
  load(): AsyncIterable<StoredBatch>;
  /**
   * Adds a batch. To resolve is a promise: the batch outlives what this storage is to outlive. Acknowledgements leave
   * then. After a rejection the same batch comes again, with the same number, until it is safe; it may be there already,
   * and counts once. There is no time limit: while it waits, publishers do.
   */
  append(batch: StoredBatch): MaybePromise<void>;
  /** The broker stops, or its start has failed. The hook `dispose` comes after it. */
  close?(): MaybePromise<void>;
}
