/** Reads what `ByteWriter` has written. Invariant: never beyond the end; what is read is a copy, but for a `view`. */
import { StoreError } from "./batch_log.ts";

const TEXT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const FLOAT_BYTES = 8;
/** Texts up to this many bytes are tried as ASCII. */
const SHORT = 64;

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

  /** As `blob`, but borrowed. */
  view(): Uint8Array {
    const length = this.varint();
    const from = this.#take(length);
    return this.#bytes.subarray(from, from + length);
  }

  text(): string {
    const length = this.varint();
    const from = this.#take(length);
    return textOf(this.#bytes, from, from + length);
  }

  #take(length: number): number {
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new StoreError("a record ends too early");
    return from;
  }
}

/**
 * The text in `bytes[from, to)`. Most are short and ASCII, and there may be hundreds of thousands: the decoder takes three
 * times as long for them.
 */
export function textOf(bytes: Uint8Array, from: number, to: number): string {
  const ascii = to - from <= SHORT ? asciiIn(bytes, from, to) : undefined;
  if (ascii !== undefined) return ascii;
  try {
    return TEXT.decode(bytes.subarray(from, to));
  } catch (cause) {
    throw new StoreError("a record has a text that is no UTF-8", { cause });
  }
}

function asciiIn(bytes: Uint8Array, from: number, to: number): string | undefined {
  const codes = new Array<number>(to - from);
  for (let at = from; at < to; at++) {
    const code = bytes[at]!;
    if (code > 0x7f) return undefined;
    codes[at - from] = code;
  }
  return String.fromCharCode.apply(null, codes);
}
