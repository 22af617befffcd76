/**
 * Many small byte arrays in a few large ones: each ArrayBuffer of its own takes a few hundred bytes and time to collect.
 * Invariant: what is given is a copy, and keeps no more than one slab in memory.
 */

const SLAB_BYTES = 65_536;
/** From this size on an array has a buffer of its own. */
const LARGE = 4096;

/** Copies that stay for long, and were made together. */
export class Slabs {
  #slab = new Uint8Array(0);
  #used = 0;

  /** A copy of the bytes. */
  copy(bytes: Uint8Array): Uint8Array {
    const { length } = bytes;
    if (length >= LARGE) return bytes.slice();
    if (this.#used + length > this.#slab.length) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#used = 0;
    }
    const copy = this.#slab.subarray(this.#used, this.#used + length);
    copy.set(bytes);
    this.#used += length;
    return copy;
  }
}
