// @ts-check
/**
 * Reading and writing the types of MQTT, section 1.5. Invariants: reading never goes past the end; a text that is read
 * is UTF-8; what does not fit is refused, never cut.
 */

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ENCODER = new TextEncoder();

/** What came is no packet of MQTT 5. */
export class MalformedError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "MalformedError";
  }
}

/** Reads from `at` on, below `end`. */
export class Reader {
  /** @param {Uint8Array} bytes @param {number} [at] @param {number} [end] */
  constructor(bytes, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get left() {
    return this.end - this.at;
  }

  /** @param {number} count @returns {Uint8Array} a view */
  take(count) {
    if (count > this.left) throw new MalformedError("a packet ends too early");
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  /** @param {number} size 1, 2 or 4 bytes */
  #number(size) {
    return this.take(size).reduce((value, byte) => value * 256 + byte, 0);
  }

  byte() {
    return this.#number(1);
  }

  uint16() {
    return this.#number(2);
  }

  uint32() {
    return this.#number(4);
  }

  varint() {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new MalformedError("a variable byte integer of more than four bytes");
  }

  binary() {
    return this.take(this.uint16());
  }

  text() {
    const bytes = this.binary();
    try {
      return DECODER.decode(bytes);
    } catch {
      throw new MalformedError("a text is not UTF-8");
    }
  }
}

/** Writes into a list of parts. */
export class Writer {
  /** @type {Uint8Array[]} */
  #parts = [];
  length = 0;

  /** @param {Uint8Array} bytes */
  raw(bytes) {
    this.#parts.push(bytes);
    this.length += bytes.length;
    return this;
  }

  /** @param {number} value */
  byte(value) {
    return this.raw(Uint8Array.of(value));
  }

  /** @param {number} value */
  uint16(value) {
    return this.raw(Uint8Array.of(value >> 8, value & 0xff));
  }

  /** @param {number} value */
  uint32(value) {
    return this.raw(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
  }

  /** @param {number} value */
  varint(value) {
    const bytes = [];
    for (; value > 127; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
    return this.raw(Uint8Array.of(...bytes, value));
  }

  /** @param {Uint8Array} bytes at most 65,535 */
  binary(bytes) {
    if (bytes.length > 65_535) throw new RangeError("more than 65,535 bytes");
    return this.uint16(bytes.length).raw(bytes);
  }

  /** @param {string} text at most 65,535 bytes of UTF-8 */
  text(text) {
    return this.binary(ENCODER.encode(text));
  }

  /** @returns {Uint8Array<ArrayBuffer>} */
  bytes() {
    const bytes = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}
