/**
 * A PUBLISH that is larger than the limit, on its way past a read buffer. Invariant: only what stands before its payload
 * is kept, so that it can be acknowledged; the payload is dropped as it comes.
 */
import type { FrameCursor } from "../wire/frame.ts";

/** One packet that is read past; offsets count from its first byte. */
export class Skip {
  /** Bytes of the whole packet. */
  readonly size: number;
  /** Where its variable header begins. */
  readonly bodyAt: number;
  /** What is kept: fixed and variable header. */
  readonly head: number;
  /** Bytes that are still to be dropped. */
  #left: number;

  private constructor(size: number, bodyAt: number, head: number) {
    this.size = size;
    this.bodyAt = bodyAt;
    this.head = head;
    this.#left = size - head;
  }

  /** Begins with the packet that the cursor has found too large; undefined while its variable header is not here. */
  static begin(bytes: Uint8Array, cursor: FrameCursor, to: number): Skip | undefined {
    const { header, start, bodyStart, end } = cursor;
    if (bodyStart + 2 > to) return undefined;
    const topicLength = (bytes[bodyStart]! << 8) | bytes[bodyStart + 1]!;
    const idLength = (header & 6) === 0 ? 0 : 2;
    const headEnd = Math.min(bodyStart + 2 + topicLength + idLength, end);
    if (headEnd > to) return undefined;
    return new Skip(end - start, bodyStart - start, headEnd - start);
  }

  get isDone(): boolean {
    return this.#left === 0;
  }

  /**
   * Drops what has come of the payload.
   * @param start where the packet begins
   * @param end how far the buffer is filled
   * @returns how far it is filled then
   */
  drop(bytes: Uint8Array, start: number, end: number): number {
    const from = start + this.head;
    const count = Math.min(end - from, this.#left);
    this.#left -= count;
    bytes.copyWithin(from, from + count, end);
    return end - count;
  }
}
