/**
 * Comparison that takes the same time wherever two values differ. Called by everything that compares
 * digests or secrets.
 */
import { timingSafeEqual } from "@std/crypto/timing-safe-equal";

const encoder = new TextEncoder();
/** The package of npm has no types. */
const haveSameBytes: (a: Uint8Array, b: Uint8Array) => boolean = timingSafeEqual;

/** Are these the same bytes? Only a difference in length shows in the time taken. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && haveSameBytes(a, b);
}

/** Are these the same text? Only a difference in length shows in the time taken. */
export function equalText(a: string, b: string): boolean {
  return equalBytes(encoder.encode(a), encoder.encode(b));
}
