/**
 * MQTT packets as bytes, built by hand for tests. Independent of Midge's codec on purpose: what the
 * codec gets wrong must not be hidden by tests that use it. Callers: raw_client.ts, the conformance
 * sequences, integration tests. Invariant: nothing here validates; any illegal packet can be built.
 */

const ENCODER = new TextEncoder();

/** Text is sent as UTF-8, bytes as they are. */
export type Text = string | Uint8Array;

/** The bytes of `text`. */
export function utf8(text: Text): Uint8Array {
  return typeof text === "string" ? ENCODER.encode(text) : text;
}

/** All parts one behind the other. A number is one byte, a string is its UTF-8 form. */
export function bytes(...parts: (number | Text)[]): Uint8Array {
  const arrays = parts.map((part) => typeof part === "number" ? Uint8Array.of(part) : utf8(part));
  const out = new Uint8Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    out.set(array, at);
    at += array.length;
  }
  return out;
}

/** Bytes from hexadecimal text; spaces are for the reader. */
export function hex(text: string): Uint8Array {
  const digits = text.replaceAll(/\s/g, "");
  return Uint8Array.from(
    { length: digits.length / 2 },
    (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

/** Bytes as spaced hexadecimal text, cut after `limit` bytes. */
export function toHex(data: Uint8Array, limit = 64): string {
  const shown = [...data.subarray(0, limit)].map((byte) => byte.toString(16).padStart(2, "0"));
  return shown.join(" ") + (data.length > limit ? ` ... (${data.length} bytes)` : "");
}

/** A 16-bit integer, big-endian. */
export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8 & 0xff, value & 0xff);
}

/** A string or binary field: two length bytes, then the bytes. */
export function field(text: Text): Uint8Array {
  const body = utf8(text);
  return bytes(u16(body.length), body);
}

/** Remaining length in its shortest form, section 2.2.3. */
export function remainingLength(length: number): Uint8Array {
  const out: number[] = [];
  do {
    const digit = length % 128;
    length = Math.floor(length / 128);
    out.push(length > 0 ? digit | 0x80 : digit);
  } while (length > 0);
  return Uint8Array.from(out);
}

/** A whole packet: first byte, remaining length, body. */
export function packet(firstByte: number, ...body: (number | Text)[]): Uint8Array {
  const joined = bytes(...body);
  return bytes(firstByte, remainingLength(joined.length), joined);
}

/** What a CONNECT can carry; `flags`, `name` and `level` can be set to forbidden values. */
export interface RawConnect {
  clientId?: Text;
  cleanSession?: boolean;
  /** Seconds, default 60. */
  keepAlive?: number;
  will?: { topic: Text; payload?: Text; qos?: number; retain?: boolean };
  username?: Text;
  password?: Text;
  /** Protocol name, default `MQTT`. */
  name?: Text;
  /** Protocol level, default 4. */
  level?: number;
  /** Replaces the flags byte that follows from the other fields. */
  flags?: number;
}

/** The flags byte of a CONNECT, section 3.1.2.3; of every version. */
export function connectFlags(options: RawConnect): number {
  const { will } = options;
  return (options.username === undefined ? 0 : 0x80) | (options.password === undefined ? 0 : 0x40) |
    (will?.retain ? 0x20 : 0) | (will?.qos ?? 0) << 3 | (will ? 0x04 : 0) |
    (options.cleanSession ?? true ? 0x02 : 0);
}

/** CONNECT; clean session unless told otherwise. */
export function connect(options: RawConnect = {}): Uint8Array {
  const payload: Uint8Array[] = [field(options.clientId ?? "")];
  if (options.will) payload.push(field(options.will.topic), field(options.will.payload ?? ""));
  if (options.username !== undefined) payload.push(field(options.username));
  if (options.password !== undefined) payload.push(field(options.password));
  return packet(
    0x10,
    field(options.name ?? "MQTT"),
    options.level ?? 4,
    options.flags ?? connectFlags(options),
    u16(options.keepAlive ?? 60),
    ...payload,
  );
}

/** CONNACK. */
export function connack(sessionPresent: boolean, returnCode: number): Uint8Array {
  return Uint8Array.of(0x20, 2, sessionPresent ? 1 : 0, returnCode);
}

/** Flags and packet id of a PUBLISH; the id is sent when `qos` is not 0. */
export interface RawPublish {
  qos?: number;
  id?: number;
  dup?: boolean;
  retain?: boolean;
}

/** PUBLISH; QoS 0 unless told otherwise. */
export function publish(topic: Text, payload: Text = "", options: RawPublish = {}): Uint8Array {
  const qos = options.qos ?? 0;
  const first = 0x30 | (options.dup ? 8 : 0) | qos << 1 | (options.retain ? 1 : 0);
  return packet(first, field(topic), qos > 0 ? u16(options.id ?? 1) : "", payload);
}

/** PUBACK. */
export function puback(id: number): Uint8Array {
  return packet(0x40, u16(id));
}
/** PUBREC. */
export function pubrec(id: number): Uint8Array {
  return packet(0x50, u16(id));
}
/** PUBREL. */
export function pubrel(id: number): Uint8Array {
  return packet(0x62, u16(id));
}
/** PUBCOMP. */
export function pubcomp(id: number): Uint8Array {
  return packet(0x70, u16(id));
}

/** SUBSCRIBE with any number of `[filter, qos byte]`. */
export function subscribe(id: number, ...filters: [Text, number][]): Uint8Array {
  return packet(0x82, u16(id), ...filters.flatMap(([filter, qos]) => [field(filter), qos]));
}
/** SUBACK. */
export function suback(id: number, ...returnCodes: number[]): Uint8Array {
  return packet(0x90, u16(id), ...returnCodes);
}
/** UNSUBSCRIBE. */
export function unsubscribe(id: number, ...filters: Text[]): Uint8Array {
  return packet(0xa2, u16(id), ...filters.map(field));
}
/** UNSUBACK. */
export function unsuback(id: number): Uint8Array {
  return packet(0xb0, u16(id));
}

/** PINGREQ. */
export const PINGREQ: Readonly<Uint8Array> = Uint8Array.of(0xc0, 0);
/** PINGRESP. */
export const PINGRESP: Readonly<Uint8Array> = Uint8Array.of(0xd0, 0);
/** DISCONNECT. */
export const DISCONNECT: Readonly<Uint8Array> = Uint8Array.of(0xe0, 0);

/** One packet as it came from the wire. */
export interface RawPacket {
  /** Control packet type, 1 to 14. */
  type: number;
  /** Low four bits of the first byte. */
  flags: number;
  /** What follows the remaining length. */
  body: Uint8Array;
  /** The whole packet. */
  bytes: Uint8Array;
}

/** The first packet in `data`, or undefined while it is incomplete. Throws on a fifth length byte. */
export function parsePacket(data: Uint8Array): RawPacket | undefined {
  let length = 0;
  for (let i = 1; i < data.length; i++) {
    if (i > 4) throw new Error(`remaining length of more than 4 bytes: ${toHex(data, 8)}`);
    const digit = data[i]!;
    length += (digit & 0x7f) * 128 ** (i - 1);
    if (digit & 0x80) continue;
    if (data.length < i + 1 + length) return undefined;
    return {
      type: data[0]! >> 4,
      flags: data[0]! & 0x0f,
      body: data.slice(i + 1, i + 1 + length),
      bytes: data.slice(0, i + 1 + length),
    };
  }
  return undefined;
}

/** One character a byte. (The decoder named latin1 is windows-1252 and changes 80 to 9f.) */
export function latin1(data: Uint8Array): string {
  let text = "";
  for (let at = 0; at < data.length; at += 4096) {
    text += String.fromCharCode(...data.subarray(at, at + 4096));
  }
  return text;
}

/** A received PUBLISH, taken apart. */
export interface ReceivedPublish {
  topic: string;
  payload: string;
  qos: number;
  dup: boolean;
  retain: boolean;
  /** 0 at QoS 0. */
  id: number;
  bytes: Uint8Array;
}

/** Takes a PUBLISH apart; the payload is read as Latin-1, so that no byte is lost. */
export function parsePublish(packet: RawPacket): ReceivedPublish {
  if (packet.type !== 3) throw new Error(`not a PUBLISH: ${toHex(packet.bytes)}`);
  const { body, flags } = packet;
  const topicEnd = 2 + (body[0]! << 8 | body[1]!);
  const qos = flags >> 1 & 3;
  const payloadAt = qos > 0 ? topicEnd + 2 : topicEnd;
  return {
    topic: new TextDecoder("utf-8", { ignoreBOM: true }).decode(body.subarray(2, topicEnd)),
    payload: latin1(body.subarray(payloadAt)),
    qos,
    dup: (flags & 8) !== 0,
    retain: (flags & 1) !== 0,
    id: qos > 0 ? body[topicEnd]! << 8 | body[topicEnd + 1]! : 0,
    bytes: packet.bytes,
  };
}
