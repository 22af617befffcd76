/**
 * The bytes of MQTT 3.1.1 and 5 that the load generator sends. It shares nothing with lib/wire, so that a mistake there
 * cannot hide from the measurement. Invariant: what is returned is a whole frame, made once and sent many times; one of
 * MQTT 5 has no properties.
 */
const TEXT = new TextEncoder();

/** Payload size of the comparison in bench/, in bytes. */
export const PAYLOAD_SIZE = 64;
const BATCH_BYTES = 8192;

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

/** The protocol level of a load's connections: 4 is MQTT 3.1.1. */
export type Level = 4 | 5;

/** Who connects. */
export interface Credentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Its session outlives its connection; default false: a clean session. */
  readonly isKept?: boolean;
  /** Seconds; default 0: none. Nothing here sends PINGREQ, so a run must end within it. */
  readonly keepAlive?: number | undefined;
}

/** Session expiry interval: it never ends. */
const NEVER = [5, 0x11, 0xff, 0xff, 0xff, 0xff];

/** CONNECT. */
export function connectFrame(
  clientId: string,
  credentials: Credentials = {},
  level: Level = 4,
): Uint8Array {
  const { username, password, isKept = false, keepAlive = 0 } = credentials;
  const flags = (isKept ? 0 : 0x02) | (username === undefined ? 0 : 0x80) |
    (password === undefined ? 0 : 0x40);
  const fields = [clientId, username, password].filter((field) => field !== undefined);
  return frame(Header.CONNECT, [
    ...text("MQTT"),
    level,
    flags,
    keepAlive >> 8,
    keepAlive & 0xff,
    ...(isKept && level === 5 ? NEVER : noProperties(level)),
    ...fields.flatMap(text),
  ]);
}

/** SUBSCRIBE to these filters, packet id 1. */
export function subscribeFrame(
  filters: readonly string[],
  qos: number,
  level: Level = 4,
): Uint8Array {
  const requests = filters.flatMap((filter) => [...text(filter), qos]);
  return frame(Header.SUBSCRIBE, [0, 1, ...noProperties(level), ...requests]);
}

/** UNSUBSCRIBE from these filters, packet id 1. */
export function unsubscribeFrame(filters: readonly string[], level: Level = 4): Uint8Array {
  return frame(Header.UNSUBSCRIBE, [0, 1, ...noProperties(level), ...filters.flatMap(text)]);
}

/** PUBLISH with that many bytes of payload; with a packet id of 0 where QoS > 0, to be filled in. */
export function publishFrame(
  topicName: string,
  qos: number,
  size = PAYLOAD_SIZE,
  level: Level = 4,
): Uint8Array {
  const packetId = qos === 0 ? [] : [0, 0];
  const head = [...text(topicName), ...packetId, ...noProperties(level)];
  const bytes = frame(Header.PUBLISH | qos << 1, head, size);
  return bytes.fill(0x78, bytes.length - size);
}

/** Where the packet id stands in a PUBLISH with QoS > 0. */
export function packetIdOffset(publish: Uint8Array): number {
  return behindText(publish, bodyOf(publish, 0));
}

/** Where the payload of a PUBLISH begins whose body begins at `body`. */
export function payloadOf(
  header: number,
  buffer: Uint8Array,
  body: number,
  level: Level = 4,
): number {
  const at = behindText(buffer, body) + (header & 6 ? 2 : 0);
  return level === 4 ? at : behindProperties(buffer, at);
}

/** Where the bytes behind a property list begin. */
export function behindProperties(buffer: Uint8Array, at: number): number {
  let length = 0;
  for (let shift = 0;; shift += 7) {
    const digit = buffer[at++]!;
    length |= (digit & 127) << shift;
    if (digit < 128) return at + length;
  }
}

const RECEIVE_MAXIMUM = 0x21;
const USER_PROPERTY = 0x26;
/** Bytes of the values of CONNACK's properties that are numbers; texts have their length in front. */
const SIZES: Readonly<Record<number, number>> = {
  0x11: 4,
  0x13: 2,
  0x22: 2,
  0x24: 1,
  0x25: 1,
  0x27: 4,
  0x28: 1,
  0x29: 1,
  0x2a: 1,
};

/** How many messages above QoS 0 a CONNACK of MQTT 5 allows under way; its property list begins at `at`. */
export function receiveMaximumOf(buffer: Uint8Array, at: number): number {
  const end = behindProperties(buffer, at);
  while (buffer[at]! > 127) at++;
  for (at++; at < end;) {
    const id = buffer[at++]!;
    if (id === RECEIVE_MAXIMUM) return buffer[at]! << 8 | buffer[at + 1]!;
    const size = SIZES[id];
    at = size === undefined ? behindText(buffer, at) : at + size;
    if (id === USER_PROPERTY) at = behindText(buffer, at);
  }
  return 65_535;
}

function behindText(buffer: Uint8Array, at: number): number {
  return at + 2 + (buffer[at]! << 8 | buffer[at + 1]!);
}

/** Where a frame that begins at `at` ends; 0 while its length is not known. */
export function frameEnd(buffer: Uint8Array, at: number, to: number): number {
  let length = 0;
  for (let shift = 0, i = at + 1; i < to; shift += 7) {
    const digit = buffer[i++]!;
    length |= (digit & 127) << shift;
    if (digit < 128) return i + length;
  }
  return 0;
}

/** Where the variable header of the whole frame at `at` begins. */
export function bodyOf(buffer: Uint8Array, at: number): number {
  let i = at + 1;
  while (buffer[i]! > 127) i++;
  return i + 1;
}

/** As many copies of a frame as fit into about 8 KiB, one at least: what one write carries. */
export function batchOf(one: Uint8Array): { bytes: Uint8Array; count: number } {
  const count = Math.max(1, Math.floor(BATCH_BYTES / one.length));
  const bytes = new Uint8Array(count * one.length);
  for (let i = 0; i < count; i++) bytes.set(one, i * one.length);
  return { bytes, count };
}

function noProperties(level: Level): number[] {
  return level === 5 ? [0] : [];
}

function text(value: string): number[] {
  const bytes = TEXT.encode(value);
  return [bytes.length >> 8, bytes.length & 0xff, ...bytes];
}

/** A frame; `more` bytes of 0 follow the body. */
function frame(header: number, body: readonly number[], more = 0): Uint8Array {
  const length: number[] = [];
  let rest = body.length + more;
  do {
    length.push(rest > 127 ? rest & 127 | 128 : rest);
    rest >>= 7;
  } while (rest > 0);
  const head = [header, ...length, ...body];
  const bytes = new Uint8Array(head.length + more);
  bytes.set(head);
  return bytes;
}
