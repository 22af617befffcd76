/**
 * Bytes of a stream, asked for by their number. Invariant: never more than one piece of the stream is held; a stream that
 * ends before is a UserError.
 */
import { UserError } from "../user_error.ts";

const CUT_SHORT = "is cut short: it ends in the middle";

/** Reads from a stream. */
export class ByteSource {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** From 1 to `most` bytes; undefined at the end. Borrowed until the next call. */
  async some(most: number): Promise<Uint8Array | undefined> {
    while (this.#piece.length === 0) {
      const { done, value } = await this.#next();
      if (done) return undefined;
      this.#piece = value;
    }
    const taken = this.#piece.subarray(0, most);
    this.#piece = this.#piece.subarray(taken.length);
    return taken;
  }

  /** Exactly that many. @throws UserError where there are fewer */
  async exactly(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count;) {
      const taken = await this.some(count - at);
      if (taken === undefined) throw new UserError(CUT_SHORT);
      bytes.set(taken, at);
      at += taken.length;
    }
    return bytes;
  }

  /** The same in pieces, for what may be large. */
  async *pieces(count: number): AsyncGenerator<Uint8Array, void> {
    for (let left = count; left > 0;) {
      const taken = await this.some(left);
      if (taken === undefined) throw new UserError(CUT_SHORT);
      left -= taken.length;
      yield taken;
    }
  }

  /** Reads no more. */
  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => {}); // what was wrong with it was said by `some`
  }

  /** What the platform says of a compressed stream becomes words. */
  async #next(): Promise<ReadableStreamReadResult<Uint8Array>> {
    try {
      return await this.#reader.read();
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause;
      throw new UserError("is cut short or damaged: its compressed bytes do not fit together", {
        cause,
      });
    }
  }
}
