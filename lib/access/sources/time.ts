/**
 * Time as sources use it: the plugin context's, so that tests move it by hand. Used by deadlines, retries and
 * connections. Invariant: nothing here is left running once it has fired, was cancelled, or the signal fired.
 */
import type { PluginContext } from "../../plugin/types.ts";

/** What sources need of a clock; a plugin's context is one. */
export type Time = Pick<PluginContext, "now" | "every">;

/** Timers of the platform go no further; more than three weeks is as good as never here. */
const LONGEST_MS = 2 ** 31 - 1;

/** Calls back once after so many milliseconds; the returned function cancels. */
export function after(time: Time, milliseconds: number, callback: () => void): () => void {
  const cancel = time.every(Math.min(Math.max(1, milliseconds), LONGEST_MS), () => {
    cancel();
    callback();
  });
  return cancel;
}

/** Resolves after so many milliseconds; rejects with the signal's reason when that fires first. */
export function pause(time: Time, milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = after(time, milliseconds, resolve);
  return orAborted(promise, signal).finally(cancel);
}

/** What the promise gives, or the signal's reason, whichever comes first. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
