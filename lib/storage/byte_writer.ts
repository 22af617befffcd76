/**
 * Writes values one behind the other into a buffer that grows. Invariant: what is written is what `ByteReader` reads,
 * call for call.
 */

const FIRST_BYTES = 4096;
/** A buffer that has grown beyond is given back by `reset`. */
const MOST_KEPT = 1 << 20;
const LONGEST_VARINT = 8;
const TEXT = new TextEncoder();
const FLOAT_BYTES = 8;
/** Texts up to this length are tried as ASCII; their length is one byte. */
const SHORT = 64;

/** A growing buffer. */
export class ByteWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  get length(): number {
    return this.#at;
  }

  /** What was written, borrowed until the next call. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Begins anew. */
  reset(): void {
    this.#at = 0;
    if (this.#bytes.length > MOST_KEPT) this.#grow(new Uint8Array(FIRST_BYTES));
  }

  byte(value: number): void {
    this.#need(1);
    this.#bytes[this.#at++] = value;
  }

  /** A whole number from 0 to 2^53 - 1: seven bits a byte, the lowest first. */
  varint(value: number): void {
    this.#need(LONGEST_VARINT);
    while (value > 0x7f) {
      this.#bytes[this.#at++] = 0x80 | (value % 0x80);
      value = Math.floor(value / 0x80);
    }
    this.#bytes[this.#at++] = value;
  }

  /** A whole number that may be negative; small ones are short. */
  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  float(value: number): void {
    this.#need(FLOAT_BYTES);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += FLOAT_BYTES;
  }

  /** Bytes behind their length. */
  blob(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.#need(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** UTF-8 behind its length. */
  text(text: string): void {
    if (text.length <= SHORT && this.#ascii(text)) return;
    this.blob(TEXT.encode(text));
  }

  /** Names are short, and mostly of these characters: without the encoder they cost a tenth. */
  #ascii(text: string): boolean {
    const { length } = text;
    this.#need(1 + length);
    const start = this.#at + 1;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      this.#bytes[start + i] = code;
    }
    this.#bytes[this.#at] = length;
    this.#at = start + length;
    return true;
  }

  #need(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + bytes));
    grown.set(this.written);
    this.#grow(grown);
  }

  #grow(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
