/**
 * What comes in on a connection, request by request. Invariants: bytes behind a request are kept for the next one, and no
 * more of them is read meanwhile than one piece; one read of the stream is under way at a time.
 */
import { joined } from "../io.ts";
import type { ByteStream } from "../net/stream.ts";

/** Read at a time while an answer is being sent. */
const PIECE = 1024;
const NONE = new Uint8Array(0);

/** The read side of a connection. */
export class Input {
  readonly #stream: ByteStream;
  #kept: Uint8Array = NONE;
  #isOver = false;
  #watching: Promise<void> | undefined;

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  /** See ByteStream. */
  async read(into: Uint8Array): Promise<number | null> {
    await this.#watching;
    if (this.#kept.length === 0) return this.#isOver ? null : await this.#stream.read(into);
    const piece = this.#kept.subarray(0, into.length);
    into.set(piece);
    this.#kept = this.#kept.subarray(piece.length);
    return piece.length;
  }

  /** Gives bytes back that were read too much. */
  unread(bytes: Uint8Array): void {
    this.#kept = this.#kept.length === 0 ? bytes : joined([bytes, this.#kept]);
  }

  /** Takes what was read and not used. */
  take(): Uint8Array {
    const kept = this.#kept;
    this.#kept = NONE;
    return kept;
  }

  /** Reads on meanwhile, one piece at most, to see the peer go. @param gone called when it has */
  watch(gone: () => void): void {
    if (this.#isOver) return gone();
    if (this.#kept.length > 0) return;
    this.#watching ??= this.#readAhead();
    void this.#watching.then(() => {
      if (this.#isOver) gone();
    });
  }

  async #readAhead(): Promise<void> {
    const piece = new Uint8Array(PIECE);
    const count = await this.#stream.read(piece).catch(() => null);
    this.#watching = undefined;
    if (count === null) this.#isOver = true;
    else this.#kept = piece.subarray(0, count);
  }
}
