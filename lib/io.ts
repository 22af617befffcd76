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

/** Are `bytes` what stands in `buffer[start, end)`? Compared from the end, for what is of one kind often begins alike. */
export function standsAt(
  bytes: Uint8Array,
  buffer: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (end - start !== bytes.length) return false;
  for (let i = bytes.length - 1, at = end - 1; i >= 0; i--, at--) {
    if (bytes[i] !== buffer[at]) return false;
  }
  return true;
}
