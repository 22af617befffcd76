/**
 * Asking again when a connection failed. Invariant: an answer is final, whatever it says; only a failed transport is
 * tried again, with growing pauses, and never after the signal has fired.
 */
import { SourceError } from "./error.ts";
import type { Clock } from "../../clock.ts";
import { pause } from "../../wait.ts";

/** How often and when. */
export interface RetryPolicy {
  /** Attempts after the first; 0: none. */
  readonly times: number;
  /** Milliseconds before the second attempt. */
  readonly interval: number;
  /** Each further pause is longer than the one before by this factor. */
  readonly backoff: number;
}

/** Runs attempts until one has an answer, none is left or the signal fires. */
export async function retry<T>(
  { times, interval, backoff }: RetryPolicy,
  clock: Pick<Clock, "after">,
  signal: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let failures = 0;; failures++) {
    try {
      return await attempt();
    } catch (error) {
      const isWorthwhile = error instanceof SourceError && error.isTransport;
      if (signal.aborted || !isWorthwhile || failures >= times) throw error;
    }
    await pause(clock, interval * backoff ** failures, signal);
  }
}
