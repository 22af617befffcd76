/**
 * A first-in-first-out list whose `shift` does not move the rest. Invariant: taken entries are not kept alive for long.
 */

/** How many taken entries may stay in front before the array is cut. */
const COMPACT_AT = 256;

/** A queue without limits of its own. */
export class Fifo<T> {
  #entries: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#entries.length - this.#head;
  }

  /** The next entry, left where it is. */
  get first(): T | undefined {
    return this.#entries[this.#head];
  }

  /** The entry at this distance from the next one. */
  at(index: number): T | undefined {
    return this.#entries[this.#head + index];
  }

  /** Puts an entry in the place of the one at this distance, which must be there. */
  replace(index: number, entry: T): void {
    this.#entries[this.#head + index] = entry;
  }

  push(entry: T): void {
    this.#entries.push(entry);
  }

  shift(): T | undefined {
    const entry = this.#entries[this.#head];
    if (this.#head === this.#entries.length) return undefined;
    this.#entries[this.#head++] = undefined;
    if (this.#head === this.#entries.length) this.clear();
    else if (this.#head >= COMPACT_AT && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }

  clear(): void {
    this.#entries = [];
    this.#head = 0;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let at = this.#head; at < this.#entries.length; at++) yield this.#entries[at]!;
  }
}
