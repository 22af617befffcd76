/** Time, handed to everything that needs it, so that tests have their own. */

/** Where time comes from. */
export interface Clock {
  /** Milliseconds of a clock that never goes back. */
  monotonic(): number;
  /** Milliseconds since the epoch. */
  epoch(): number;
  /** Calls back every so many milliseconds until the returned function is called. */
  every(milliseconds: number, callback: () => void): () => void;
}

/** The machine's own time. */
export const SYSTEM_CLOCK: Clock = {
  monotonic: () => performance.now(),
  epoch: () => Date.now(),
  every(milliseconds, callback) {
    const timer = setInterval(callback, milliseconds);
    return () => clearInterval(timer);
  },
};
