/**
 * What every transport of the bench is: batches of bytes, in order, to one other end. Invariant: a batch that is given is
 * copied or written before `send` is done with it, and one that arrives is borrowed.
 */

/** Gets a batch; its bytes are only there during the call. */
export type OnBatch = (batch: Uint8Array) => void;

/** One end. */
export interface Pipe {
  /** Hands a batch over; its bytes may be used again at once. */
  send(batch: Uint8Array): void;
  close(): void;
}

/** Lengths in front of batches, where a stream knows none. Bytes. */
export const LENGTH = 4;

/** Writes a batch's length. */
export function putLength(bytes: Uint8Array, at: number, length: number): void {
  bytes[at] = length >>> 24;
  bytes[at + 1] = length >>> 16;
  bytes[at + 2] = length >>> 8;
  bytes[at + 3] = length;
}

/** Reads it. */
export function lengthAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
