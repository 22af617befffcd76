/**
 * Writes text to stdout or stderr at once. Invariant: it returns, whatever the other end does; text
 * that no one takes is lost, and that is no reason to stop.
 */

/** Takes bytes synchronously and says how many it took. */
export interface SyncWriter {
  writeSync(bytes: Uint8Array): number;
}

const encoder = new TextEncoder();

/** Writes the whole text, in as many pieces as the writer wants. */
export function writeText(writer: SyncWriter, text: string): void {
  let rest = encoder.encode(text);
  try {
    while (rest.length > 0) {
      const taken = writer.writeSync(rest);
      if (taken === 0) return;
      rest = rest.subarray(taken);
    }
  } catch {
    // closed or full: there is nowhere left to say so
  }
}
