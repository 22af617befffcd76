/**
 * Reads ASN.1 in DER, as certificates and revocation lists have it. Pure. Invariants: what could be read in two ways
 * throws; nothing is read beyond the element it belongs to, and nothing is copied.
 */

/** The bytes are not what they should be; the message is one sentence's end, for people. */
export class DerError extends Error {
  override readonly name = "DerError";
}

/** Tags of elements, with the bits of their class and form. */
export const Tag = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  OID: 0x06,
  SEQUENCE: 0x30,
  SET: 0x31,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
} as const;

/** `[n]` of the specification. @param isConstructed does it have elements in it? */
export function contextTag(n: number, isConstructed = true): number {
  return (isConstructed ? 0xa0 : 0x80) + n;
}

/** One element of some bytes; views of them are made when they are asked for. */
export class Element {
  readonly tag: number;
  readonly #bytes: Uint8Array;
  readonly #from: number;
  readonly #start: number;
  readonly #end: number;

  /** @param from where its header begins, @param start what it holds, @param end what follows */
  constructor(bytes: Uint8Array, from: number, start: number, end: number) {
    this.tag = bytes[from]!;
    this.#bytes = bytes;
    this.#from = from;
    this.#start = start;
    this.#end = end;
  }

  /** All of it, as it was signed. */
  get whole(): Uint8Array {
    return this.#bytes.subarray(this.#from, this.#end);
  }

  /** What it holds. */
  get content(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** The elements in it. */
  get elements(): DerReader {
    return new DerReader(this.#bytes, this.#start, this.#end);
  }
}

const MAX_LENGTH_BYTES = 4;

/** The elements of some bytes, one after another. */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  /** Of all bytes, or of those from `start` to before `end`. */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  /** The next element, whatever it is. */
  next(): Element {
    const from = this.#at;
    const tag = this.#byte();
    if ((tag & 0x1f) === 0x1f) throw new DerError("a tag of more than one byte");
    const length = this.#length();
    const start = this.#at;
    if (length > this.#end - start) throw new DerError("it is cut off");
    this.#at = start + length;
    return new Element(this.#bytes, from, start, this.#at);
  }

  /** The next element, which must have this tag. */
  take(tag: number): Element {
    const element = this.next();
    if (element.tag === tag) return element;
    throw new DerError(`tag ${hex(element.tag)}, expected ${hex(tag)}`);
  }

  /** The next element where it has this tag. */
  takeIf(...tags: readonly number[]): Element | undefined {
    return !this.isAtEnd && tags.includes(this.#bytes[this.#at]!) ? this.next() : undefined;
  }

  /** The elements in the next one, which must have this tag. */
  into(tag: number): DerReader {
    return this.take(tag).elements;
  }

  /** Nothing may follow. */
  finish(): void {
    if (!this.isAtEnd) throw new DerError("something follows that does not belong there");
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new DerError("it is cut off");
    return this.#bytes[this.#at++]!;
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > MAX_LENGTH_BYTES) throw new DerError("a length that is none");
    let length = 0;
    for (let index = 0; index < count; index++) length = length * 256 + this.#byte();
    const isShortest = length >= (count === 1 ? 0x80 : 256 ** (count - 1));
    if (!isShortest) throw new DerError("a length with leading zeros");
    return length;
  }
}

/** The one element that these bytes are. */
export function onlyElement(bytes: Uint8Array, tag: number): Element {
  const reader = new DerReader(bytes);
  const element = reader.take(tag);
  reader.finish();
  return element;
}

/** The elements in the one SEQUENCE that an element holds. */
export function wrappedList({ content }: Element): DerReader {
  return onlyElement(content, Tag.SEQUENCE).elements;
}

/** True and false; what is neither counts as true. */
export function booleanOf({ content }: Element): boolean {
  if (content.length !== 1) throw new DerError("a BOOLEAN that is none");
  return content[0] !== 0;
}

/** A small number, not negative. */
export function smallNumberOf({ content }: Element): number {
  if (content.length === 0 || content[0]! >= 0x80) throw new DerError("a number below zero");
  // What is larger means no more than this does.
  return content.reduce((sum, byte) => Math.min(sum * 256 + byte, Number.MAX_SAFE_INTEGER), 0);
}

/** Of a BIT STRING of whole bytes, such as a signature. */
export function bytesOfBits({ content }: Element): Uint8Array {
  if (content.length === 0 || content[0] !== 0) throw new DerError("bits that are no bytes");
  return content.subarray(1);
}

/** Of a BIT STRING of flags: is the flag with this number set? The first is 0. */
export function flagOf({ content }: Element, flag: number): boolean {
  const byte = content[1 + (flag >> 3)];
  return byte !== undefined && (byte & 0x80 >> (flag & 7)) !== 0;
}

/** `1.2.840.113549`. */
export function oidOf({ content }: Element): string {
  if (content.length === 0 || content.length > 64 || content.at(-1)! >= 0x80) {
    throw new DerError("an OBJECT IDENTIFIER that is none");
  }
  const numbers: number[] = [];
  let number = 0;
  for (const byte of content) {
    if (number > 0xff_ffff_ffff) throw new DerError("an OBJECT IDENTIFIER that is too large");
    number = number * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    numbers.push(number);
    number = 0;
  }
  const [both = 0, ...others] = numbers;
  const first = Math.min(Math.floor(both / 40), 2);
  return [first, both - first * 40, ...others].join(".");
}

const TIME = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/;

/** UTCTime or GeneralizedTime, in the one form that certificates may have. @returns milliseconds since 1970 */
export function timeOf({ tag, content }: Element): number {
  const text = String.fromCharCode(...content.subarray(0, 20));
  const [, year = "", ...others] = TIME.exec(text) ?? [];
  if (year.length !== (tag === Tag.UTC_TIME ? 2 : 4)) throw new DerError("a time that is none");
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = others.map(Number);
  const full = year.length === 4 ? Number(year) : Number(year) + (Number(year) < 50 ? 2000 : 1900);
  const date = new Date(0);
  date.setUTCFullYear(full, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 &&
    minute < 60 && second < 60;
  if (!isReal) throw new DerError("a time that is none");
  return date.getTime();
}

function hex(tag: number): string {
  return `0x${tag.toString(16).padStart(2, "0")}`;
}
