/** What is thrown when too much is asked at once. Invariant: it says nothing about the one that would have answered. */

/** A question was not even put: too many wait in a queue of ours. */
export class BusyError extends Error {
  /** Tells it from other errors. */
  override readonly name: string = "BusyError";
}
