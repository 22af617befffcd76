/**
 * Write buffers, lent while there is something to write. One pool per broker. Invariant: an idle connection holds none;
 * the pool keeps at most KEPT of each size.
 */

const SMALLEST = 1024;
const LARGEST = 262_144;
/** Buffers kept of each size: 256 KiB of the smallest, 4 MiB of the largest. */
const KEPT_BYTES = 4_194_304;
const MAX_KEPT = 256;

/** A free list for each power of two from 1 KiB to 256 KiB. */
export class BufferPool {
  readonly #free = new Map<number, Uint8Array<ArrayBuffer>[]>();

  /** A buffer of at least `size` bytes; its content is anything. */
  take(size: number): Uint8Array<ArrayBuffer> {
    let capacity = SMALLEST;
    while (capacity < size) capacity *= 2;
    return this.#free.get(capacity)?.pop() ?? new Uint8Array(capacity);
  }

  /** Gives a buffer back that nothing reads any more. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    const capacity = buffer.length;
    if (capacity > LARGEST) return;
    let free = this.#free.get(capacity);
    if (free === undefined) this.#free.set(capacity, free = []);
    if (free.length < Math.min(MAX_KEPT, KEPT_BYTES / capacity)) free.push(buffer);
  }
}
