/**
 * The way to one other member: bytes that are gathered, and handed over at the end of a turn. Invariant: what is handed
 * over arrives whole and in order, or the link is over.
 */

/** Messages of one topic in a row, as one frame of the bus. */
export interface Run {
  /** The topic name's bytes: the same object. */
  readonly topic: Uint8Array;
  /** Where its frame begins in the link's bytes, and where it ends so far. */
  readonly start: number;
  end: number;
  messages: number;
  payloadBytes: number;
}

/** Gathers the bytes of a turn. A transport says what handing over is. */
export abstract class Link {
  /** What is gathered; another array after `reserve`. */
  bytes: Uint8Array = new Uint8Array(1024);
  #length = 0;
  /** The run that was written last, where it may still grow. */
  run: Run | undefined;

  /** Bytes that are gathered and not handed over. */
  get length(): number {
    return this.#length;
  }

  /** Makes room for that many bytes; returns where it begins. */
  reserve(length: number): number {
    const at = this.#length;
    this.#length += length;
    if (this.#length > this.bytes.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.bytes.subarray(0, at));
      this.bytes = larger;
    }
    return at;
  }

  /** What was gathered, which is the caller's from now on; `next` takes its place. */
  protected take(next: Uint8Array): Uint8Array {
    const taken = this.bytes.subarray(0, this.#length);
    this.bytes = next;
    this.#length = 0;
    this.run = undefined;
    return taken;
  }

  /** Hands over what was gathered. */
  abstract flush(): void;

  /** Does the other end not keep up? */
  abstract get isFull(): boolean;

  /** Resolves when it does again, or is gone. */
  abstract whenRoom(): Promise<void>;

  /** Ends it, with what was gathered handed over. */
  abstract close(): Promise<void>;
}
