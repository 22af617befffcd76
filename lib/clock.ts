/** Time, handed to everything that needs it, so that tests have their own. Invariant: no function needs `this`. */

/** Where time comes from. */
export interface Clock {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Milliseconds since the epoch. */
  epoch(): number;
  /** Calls back at this interval, in milliseconds, until the returned function is called. */
  every(milliseconds: number, callback: () => void): () => void;
  /** Calls back once, after this time in milliseconds, unless the returned function is called before. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** Timers of the platform go no further; more than three weeks is as good as never here. */
const LONGEST_MS = 2 ** 31 - 1;

/** The machine's own time. */
export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  epoch: () => Date.now(),
  every(milliseconds, callback) {
    const timer = setInterval(callback, milliseconds);
    return () => clearInterval(timer);
  },
  after(milliseconds, callback) {
    const timer = setTimeout(callback, Math.min(milliseconds, LONGEST_MS));
    return () => clearTimeout(timer);
  },
};
