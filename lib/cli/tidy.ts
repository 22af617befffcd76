/**
 * Gives back what a start has left behind: V8 collects when memory is needed, and a broker at rest needs none.
 * Invariant: once, a second after the start, beside the event loop's work; nothing where V8 offers no collection
 * (without --expose-gc).
 */
import type { Clock } from "../clock.ts";

/** Clients that waited for the broker have come by then. */
const AFTER_MS = 1000;

/**
 * Collects later; the result calls it off.
 * @param collect V8's `gc`; undefined: it is not offered
 */
export function tidyUp(
  clock: Clock,
  collect: unknown = Reflect.get(globalThis, "gc"),
): () => void {
  if (typeof collect !== "function") return () => {};
  const how = { type: "major", execution: "async", flavor: "last-resort" };
  return clock.after(AFTER_MS, () => void collect(how));
}
