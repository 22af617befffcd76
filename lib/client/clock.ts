/** Time and chance, handed to the client, so that tests have their own. */

/** Where time and chance come from. */
export interface ClientClock {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Calls back every so many milliseconds until the returned function is called. */
  every(milliseconds: number, callback: () => void): () => void;
  /** Resolves after so many milliseconds; rejects with the signal's reason when it fires first. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** 0 (included) to 1 (excluded). */
  random(): number;
}

/** The machine's own. */
export const SYSTEM_CLOCK: ClientClock = {
  now: () => performance.now(),
  every(milliseconds, callback) {
    const timer = setInterval(callback, milliseconds);
    return () => clearInterval(timer);
  },
  wait(milliseconds, signal) {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      }, milliseconds);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  },
  random: () => Math.random(),
};
