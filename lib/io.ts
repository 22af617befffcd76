/** Bytes to whatever takes them piece by piece. */

/** The part of a stream, socket or file that is written to. */
export interface ByteWriter {
  /** Writes some of `bytes`, which is untouchable until it resolves; answers how many. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Writes all of it, in as many pieces as the other side wants. */
export async function writeAll(writer: ByteWriter, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await writer.write(written === 0 ? bytes : bytes.subarray(written));
  }
}

/** All parts in one. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
