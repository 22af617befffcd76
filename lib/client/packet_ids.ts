/**
 * Packet ids in use towards the broker: of PUBLISH, SUBSCRIBE and UNSUBSCRIBE alike [MQTT-2.3.1-2]. Invariant: an id is
 * free again only when its exchange is over.
 */

const LAST = 65_535;

/** Gives out packet ids, 1 to 65535. */
export class PacketIds {
  readonly #used = new Set<number>();
  #last: number;

  /**
   * @param random 0 to 1; a client that starts again into an old session begins at an id that the broker
   * does not likely hold for an exchange of the former process
   */
  constructor(random: number) {
    this.#last = Math.floor(random * LAST);
  }

  get isExhausted(): boolean {
    return this.#used.size >= LAST;
  }

  /** A free id; there must be one. */
  take(): number {
    do this.#last = this.#last % LAST + 1; while (this.#used.has(this.#last));
    this.#used.add(this.#last);
    return this.#last;
  }

  release(id: number): void {
    this.#used.delete(id);
  }
}
