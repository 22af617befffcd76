/** A map with a limit on its entries. Invariant: what was set longest ago goes first. */

/** Keys to values, at most `maxSize` of them. */
export class BoundedMap<Key, Value> {
  readonly #maxSize: number;
  readonly #entries = new Map<Key, Value>();

  /**
   * An empty one.
   * @param maxSize 0: keeps nothing
   */
  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  /** How many there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** What goes next. */
  get oldest(): [Key, Value] | undefined {
    return this.#entries.entries().next().value;
  }

  /** The value of a key, which stays where it is in the order. */
  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  /** Puts a value behind all others, also where the key was there before. */
  set(key: Key, value: Value): void {
    if (this.#maxSize === 0) return;
    this.#entries.delete(key);
    if (this.#entries.size >= this.#maxSize) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
    this.#entries.set(key, value);
  }

  /** The values, the oldest first. */
  values(): Value[] {
    return [...this.#entries.values()];
  }

  /** Takes one out; false: it was not there. */
  delete(key: Key): boolean {
    return this.#entries.delete(key);
  }

  /** Takes all out. */
  clear(): void {
    this.#entries.clear();
  }
}
