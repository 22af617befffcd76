/**
 * What waits to be safe, in bytes, and who waits for there to be less of it. Invariants: from half of what may wait on
 * there is no room; who waits for room waits no longer than until there is, or until waiting makes no sense.
 */

/** Bytes within a bound. */
export class PendingBytes {
  readonly #most: number;
  #bytes = 0;
  #room: PromiseWithResolvers<void> | undefined;

  /** @param most that may wait */
  constructor(most: number) {
    this.#most = most;
  }

  get count(): number {
    return this.#bytes;
  }

  /** All that may wait does. */
  get isFull(): boolean {
    return this.#bytes >= this.#most;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** They are safe. */
  remove(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#hasRoom) this.relieve();
  }

  /** Undefined while there is room; else resolves when there is, or `relieve` is called. */
  whenRoom(): Promise<void> | undefined {
    if (this.#hasRoom) return undefined;
    return (this.#room ??= Promise.withResolvers<void>()).promise;
  }

  /** Those who wait go on. */
  relieve(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  get #hasRoom(): boolean {
    return this.#bytes < this.#most / 2;
  }
}
