/**
 * Reads a tar file from its beginning to its end, once. Invariants: memory is bounded whatever is in it; what is behind the
 * end is looked at, so that a damaged end is noticed, but not without bound.
 */
import { UserError } from "../user_error.ts";
import type { ByteSource } from "./byte_source.ts";
import { BLOCK_SIZE, decodeHeader, decodeRecords, paddingOf, type TarEntry } from "./tar.ts";

/** Bytes of records of one entry. */
const MOST_RECORDS = 64 * 1024;
/** Bytes of zeros behind the end: tar fills up to 10 KiB, some programs to more. */
const MOST_FILLING = 1024 * 1024;

/** One reading. */
export class TarReader {
  readonly #source: ByteSource;
  /** Of the entry that was given last: bytes that were not read yet, and what fills its last block. */
  #left = 0;
  #padding = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** The next entry; what is left of the one before is passed over. Undefined: there is none. */
  async next(): Promise<TarEntry | undefined> {
    for await (const _ of this.content()) { /* passed over */ }
    let records: ReadonlyMap<string, string> | undefined;
    while (true) {
      const header = decodeHeader(await this.#source.exactly(BLOCK_SIZE), records);
      if (header === undefined) return await this.#end();
      this.#left = header.size;
      this.#padding = paddingOf(header.size);
      if (header.kind !== "pax") return header;
      if (header.size > MOST_RECORDS) throw new UserError("is damaged: too many pax records");
      const content = await this.#source.exactly(header.size + this.#padding);
      records = decodeRecords(content.subarray(0, header.size));
      this.#left = this.#padding = 0;
    }
  }

  /** The content of the entry that was given last, in borrowed pieces. */
  async *content(): AsyncGenerator<Uint8Array, void> {
    for await (const piece of this.#source.pieces(this.#left)) {
      this.#left -= piece.length;
      yield piece;
    }
    const filling = await this.#source.exactly(this.#padding);
    this.#padding = 0;
    if (filling.some((byte) => byte !== 0)) {
      throw new UserError("is damaged: something stands behind a content");
    }
  }

  async #end(): Promise<undefined> {
    let bytes = 0;
    for (;;) {
      const piece = await this.#source.some(BLOCK_SIZE * 128);
      if (piece === undefined) return;
      bytes += piece.length;
      if (bytes > MOST_FILLING || piece.some((byte) => byte !== 0)) {
        throw new UserError("is damaged: something stands behind its end");
      }
    }
  }
}
