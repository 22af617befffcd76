/**
 * The MQTT 3.1.1 bytes that the load generator sends. Used by connection.ts and the scenarios. It
 * shares nothing with lib/wire, so that a mistake there cannot hide from the measurement.
 * Invariant: what is returned is a whole frame, made once and sent many times.
 */
const TEXT = new TextEncoder();

/** Payload size of every scenario, in bytes. */
export const PAYLOAD_SIZE = 64;

/** The byte that says which packet a frame is: type in the high half, flags in the low one. */
export const Header = {
  CONNECT: 0x10,
  PUBLISH: 0x30,
  PUBACK: 0x40,
  PUBREC: 0x50,
  PUBREL: 0x62,
  PUBCOMP: 0x70,
  SUBSCRIBE: 0x82,
  UNSUBSCRIBE: 0xa2,
  DISCONNECT: 0xe0,
} as const;

/** CONNECT with a clean session and without keep-alive. */
export function connectFrame(clientId: string): Uint8Array {
  const protocol = [...text("MQTT"), 4];
  return frame(Header.CONNECT, [...protocol, 0x02, 0, 0, ...text(clientId)]);
}

/** SUBSCRIBE to these filters, packet id 1. */
export function subscribeFrame(filters: readonly string[], qos: number): Uint8Array {
  return frame(Header.SUBSCRIBE, [0, 1, ...filters.flatMap((filter) => [...text(filter), qos])]);
}

/** UNSUBSCRIBE from these filters, packet id 1. */
export function unsubscribeFrame(filters: readonly string[]): Uint8Array {
  return frame(Header.UNSUBSCRIBE, [0, 1, ...filters.flatMap(text)]);
}

/** PUBLISH with {@link PAYLOAD_SIZE} bytes; with a packet id of 0 where QoS > 0, to be filled in. */
export function publishFrame(topicName: string, qos: number): Uint8Array {
  const packetId = qos === 0 ? [] : [0, 0];
  const payload = new Array<number>(PAYLOAD_SIZE).fill(0x78);
  return frame(Header.PUBLISH | qos << 1, [...text(topicName), ...packetId, ...payload]);
}

/** Where the packet id stands in a PUBLISH of {@link publishFrame} with QoS > 0. */
export function packetIdOffset(publish: Uint8Array): number {
  return publish.length - PAYLOAD_SIZE - 2;
}

/** As many copies of a frame as fit into about 8 KiB, one at least: what one write carries. */
export function batchOf(one: Uint8Array): { bytes: Uint8Array; count: number } {
  const count = Math.max(1, Math.floor(8192 / one.length));
  const bytes = new Uint8Array(count * one.length);
  for (let i = 0; i < count; i++) bytes.set(one, i * one.length);
  return { bytes, count };
}

function text(value: string): number[] {
  const bytes = TEXT.encode(value);
  return [bytes.length >> 8, bytes.length & 0xff, ...bytes];
}

function frame(header: number, body: readonly number[]): Uint8Array {
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push(rest > 127 ? rest & 127 | 128 : rest);
    rest >>= 7;
  } while (rest > 0);
  return Uint8Array.from([header, ...length, ...body]);
}
