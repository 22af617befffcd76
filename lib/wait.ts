/** Waiting with an end. Invariant: nothing is left running, or listening, once a wait is over. */
import type { Clock } from "./clock.ts";

/**
 * Resolves when the promise settles, or after this time; tells which: true when it settled. A machine that halts for a
 * while uses up no more than half of the time: what is waited for had no turn either.
 */
export async function withDeadline(
  promise: Promise<unknown>,
  milliseconds: number,
): Promise<boolean> {
  const half = milliseconds / 2;
  return await settlesWithin(promise, half) || await settlesWithin(promise, half);
}

async function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), milliseconds);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves after this time; rejects with the signal's reason when that fires first. */
export function pause(
  clock: Pick<Clock, "after">,
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(milliseconds, resolve);
  return orAborted(promise, signal).finally(cancel);
}

/**
 * What the promise gives, or the signal's reason, whichever comes first.
 * @param discard takes what comes too late, so that nothing that was opened stays open
 */
export async function orAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  discard?: (late: T) => void,
): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } catch (error) {
    if (discard !== undefined) promise.then(discard).catch(() => {}); // failed, or cannot be closed again
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
