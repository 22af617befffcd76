/** What members say beside messages and claims, as bytes. Invariant: each is read as it is written. */
import { decodeUtf8, encodeUtf8 } from "../wire/utf8.ts";

const COUNT = 4;
const NUMBER = 8;

/** A filter and how many want it. */
export function interestBytes(topicFilter: string, count: number): Uint8Array {
  const text = encodeUtf8(topicFilter, "topic filter");
  const bytes = new Uint8Array(COUNT + text.length);
  new DataView(bytes.buffer).setUint32(0, count);
  bytes.set(text, COUNT);
  return bytes;
}

/** The same, read. */
export function readInterest(bytes: Uint8Array): { topicFilter: string; count: number } {
  const count = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return { topicFilter: textOf(bytes, COUNT), count };
}

/** A number that may be above 2^32. */
export function numberBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(NUMBER);
  new DataView(bytes.buffer).setFloat64(0, value);
  return bytes;
}

/** The same, read. */
export function numberOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0);
}

/** The text that is the rest. */
export function textOf(bytes: Uint8Array, from = 0): string {
  return decodeUtf8(bytes, from, bytes.length, "text of the bus");
}
