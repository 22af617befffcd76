/**
 * When a certificate is due, and when to try again. Pure. Invariant: an authority that fails is asked less and less
 * often, and never not at all.
 */
import type { StoredState } from "./store.ts";

/** How often a certificate is looked at, milliseconds. */
const LOOK_MS = 3_600_000;
/** How far from that at most, as a part of it: brokers that start together do not ask together. */
const JITTER = 0.1;
const FIRST_RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 12 * 3_600_000;

/** Is a new one due? At two thirds of the lifetime, and where this one is none for these names. @param now epoch */
export function isDue(
  state: StoredState | undefined,
  domains: readonly string[],
  now: number,
): boolean {
  if (state === undefined || state.isPlaceholder) return true;
  if (String([...state.domains].sort()) !== String([...domains].sort())) return true;
  return now >= state.from + (state.until - state.from) * 2 / 3;
}

/** Milliseconds until the next look. @param chance from 0 to 1 */
export function untilNextLook(chance: number): number {
  return LOOK_MS * (1 + JITTER * (2 * chance - 1));
}

/**
 * Milliseconds until the next attempt.
 * @param failures in a row, from 1
 * @param atLeast what the authority asks for
 */
export function untilRetry(failures: number, atLeast = 0): number {
  return Math.max(Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS), atLeast);
}

/** A wait of a minute or more for people: `8 minutes`, `12 hours`. */
export function showWait(milliseconds: number): string {
  const [unit, length] = milliseconds < 3_600_000
    ? ["minute", 60_000] as const
    : ["hour", 3_600_000] as const;
  const count = Math.round(milliseconds / length);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
