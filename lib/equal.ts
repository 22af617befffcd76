/**
 * Comparison that takes the same time wherever two values differ: for digests and secrets. Invariant: only a
 * difference in length shows in the time taken.
 */

/** Deno's global; importing node:process would take 1 MB of memory at every start (measured). */
declare const process: typeof import("node:process");

const encoder = new TextEncoder();

/** Are these the same bytes? */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  // Loaded with the first comparison: at every start node:crypto would take 3 MB (measured).
  const { timingSafeEqual } = process.getBuiltinModule("node:crypto");
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Are these the same text? */
export function equalText(a: string, b: string): boolean {
  return equalBytes(encoder.encode(a), encoder.encode(b));
}
