/** Reads what `ByteWriter` has written. Invariant: never beyond the end; what is read is a copy. */
import { StoreError } from "./batch_log.ts";

const TEXT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const FLOAT_BYTES = 8;

/** A place in a buffer. Each reading throws StoreError where the bytes end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  varint(): number {
    let [value, factor] = [0, 1];
    for (;;) {
      const digit = this.byte();
      value += (digit & 0x7f) * factor;
      if (digit < 0x80) break;
      factor *= 0x80;
    }
    if (!Number.isSafeInteger(value)) throw new StoreError("a record has a number beyond 2^53");
    return value;
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  float(): number {
    return this.#view.getFloat64(this.#take(FLOAT_BYTES), true);
  }

  blob(): Uint8Array {
    const length = this.varint();
    const from = this.#take(length);
    return this.#bytes.slice(from, from + length);
  }

  text(): string {
    const length = this.varint();
    const from = this.#take(length);
    try {
      return TEXT.decode(this.#bytes.subarray(from, from + length));
    } catch (cause) {
      throw new StoreError("a record has a text that is no UTF-8", { cause });
    }
  }

  #take(length: number): number {
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new StoreError("a record ends too early");
    return from;
  }
}
