/**
 * What hostile clients of MQTT 5 say, as bytes. Invariant: nothing here is checked, and nothing is of lib/wire, so that a
 * fault there cannot hide.
 */
import { joined } from "../../../lib/io.ts";

const TEXT = new TextEncoder();

/** A variable byte integer. */
export function varint(value: number): Uint8Array {
  const digits: number[] = [];
  for (; value > 127; value >>= 7) digits.push(value & 127 | 128);
  return Uint8Array.of(...digits, value);
}

/** A number in four bytes. */
export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >> 16 & 255, value >> 8 & 255, value & 255);
}

/** A text behind its length. */
export function text(value: string): Uint8Array {
  const bytes = TEXT.encode(value);
  return joined([Uint8Array.of(bytes.length >> 8, bytes.length & 255), bytes]);
}

/** A whole packet. */
export function packet(header: number, ...parts: Uint8Array[]): Uint8Array {
  const body = joined(parts);
  return joined([Uint8Array.of(header), varint(body.length), body]);
}

/** Properties behind their length. */
export function properties(...parts: Uint8Array[]): Uint8Array {
  const list = joined(parts);
  return joined([varint(list.length), list]);
}

/** User properties of that many bytes together, each with these many in its name. */
export function pairs(size: number, name: number): Uint8Array {
  const one = joined([Uint8Array.of(0x26), text("n".repeat(name)), text("")]);
  return joined(Array.from({ length: Math.floor(size / one.length) }, () => one));
}

const NOTHING = new Uint8Array(0);

/** CONNECT with clean start and without keep-alive. */
export function connect(
  clientId: string,
  list: Uint8Array = NOTHING,
  will?: { readonly topic: string; readonly list: Uint8Array; readonly payload: string },
): Uint8Array {
  const head = joined([text("MQTT"), Uint8Array.of(5, will === undefined ? 2 : 6, 0, 0)]);
  const last = will === undefined
    ? NOTHING
    : joined([properties(will.list), text(will.topic), text(will.payload)]);
  return packet(0x10, head, properties(list), text(clientId), last);
}

/** PUBLISH; above QoS 0 with this packet id. */
export function publish(
  topic: string,
  list: Uint8Array = NOTHING,
  payload: Uint8Array = NOTHING,
  { qos = 0, id = 1, retain = false } = {},
): Uint8Array {
  const header = 0x30 | qos << 1 | (retain ? 1 : 0);
  const packetId = qos === 0 ? NOTHING : Uint8Array.of(id >> 8, id & 255);
  return packet(header, text(topic), packetId, properties(list), payload);
}

/** SUBSCRIBE to these filters, packet id 1. */
export function subscribe(
  filters: readonly string[],
  qos: number,
  list: Uint8Array = NOTHING,
): Uint8Array {
  const requests = filters.flatMap((filter) => [text(filter), Uint8Array.of(qos)]);
  return packet(0x82, Uint8Array.of(0, 1), properties(list), ...requests);
}

/** Message expiry interval, session expiry interval, will delay interval: seconds. */
export const expiry = {
  message: (seconds: number) => joined([Uint8Array.of(0x02), uint32(seconds)]),
  session: (seconds: number) => joined([Uint8Array.of(0x11), uint32(seconds)]),
  will: (seconds: number) => joined([Uint8Array.of(0x18), uint32(seconds)]),
};
