/**
 * Keys of a fixed size for memories that strangers can fill: a name of 64 KB takes no more room than a short one.
 * Invariant: different texts have different keys, as far as SHA-256 has them.
 */

/** Deno's global; importing node:process would take 1 MB of memory at every start (measured). */
declare const process: typeof import("node:process");

/** Shorter than a digest in hexadecimal, so that no text is taken for one. */
const LONGEST = 63;

/** The text itself where it is short, else its digest: at most 64 characters. */
export function fixedKey(text: string): string {
  if (text.length <= LONGEST) return text;
  // Loaded when it is first needed: at every start node:crypto would take 3 MB (measured).
  const { createHash } = process.getBuiltinModule("node:crypto");
  return createHash("sha256").update(text).digest("hex");
}
