/**
 * Reads packets of MQTT 5.0 into plain objects, by hand, for tests. Invariant: what is malformed throws, what is left
 * over behind the last field too, so that a test that reads a packet has checked its form.
 */
import { latin1, type RawPacket, toHex } from "./raw_packets.ts";
import { Cursor, type ReadProperties } from "./raw_properties5.ts";

/** What every packet has. */
interface Common {
  /** Low four bits of the first byte. */
  flags: number;
  /** Empty where the packet has none, or left them out. */
  properties: ReadProperties;
  /** The whole packet. */
  bytes: Uint8Array;
}

/** PUBACK, PUBREC, PUBREL, PUBCOMP. */
export interface Ack5 extends Common {
  id: number;
  /** 0 where it was left out. */
  reasonCode: number;
}

/** SUBACK, UNSUBACK. */
export interface Codes5 extends Common {
  id: number;
  reasonCodes: number[];
}

/** DISCONNECT, AUTH. */
export interface Reason5 extends Common {
  /** 0 where it was left out. */
  reasonCode: number;
}

/** CONNACK. */
export interface Connack5 extends Reason5 {
  sessionPresent: boolean;
}

/** PUBLISH; the payload as Latin-1, so that no byte is lost. */
export interface Publish5 extends Common {
  topic: string;
  payload: string;
  qos: number;
  dup: boolean;
  retain: boolean;
  /** 0 at QoS 0. */
  id: number;
}

/** CONNECT. */
export interface Connect5 extends Common {
  name: string;
  level: number;
  connectFlags: number;
  keepAlive: number;
  clientId: string;
  will?: { topic: string; payload: string; properties: ReadProperties };
  username?: string;
  password?: string;
}

/** SUBSCRIBE: filter and options byte. */
export interface Subscribe5 extends Common {
  id: number;
  requests: [string, number][];
}

/** UNSUBSCRIBE. */
export interface Unsubscribe5 extends Common {
  id: number;
  filters: string[];
}

/** The packets by their type. */
export interface Packets5 {
  CONNECT: Connect5;
  CONNACK: Connack5;
  PUBLISH: Publish5;
  PUBACK: Ack5;
  PUBREC: Ack5;
  PUBREL: Ack5;
  PUBCOMP: Ack5;
  SUBSCRIBE: Subscribe5;
  SUBACK: Codes5;
  UNSUBSCRIBE: Unsubscribe5;
  UNSUBACK: Codes5;
  PINGREQ: Common;
  PINGRESP: Common;
  DISCONNECT: Reason5;
  AUTH: Reason5;
}

/** A packet's type. */
export type Type5 = keyof Packets5;

/** A packet with its type. */
export type Parsed5 = { [Type in Type5]: Packets5[Type] & { type: Type } }[Type5];

type Read<Type extends Type5> = Omit<Packets5[Type], "flags" | "bytes" | "properties">;

/** Reads `body` behind what every packet has. `out.properties` is set where the packet has properties. */
const READERS: { [Type in Type5]: (from: Cursor, out: Common) => Read<Type> } = {
  CONNECT: readConnect,
  CONNACK: (from, out) => {
    const flags = from.uint(1);
    if (flags > 1) throw new Error(`acknowledge flags ${flags}`);
    const reasonCode = from.uint(1);
    out.properties = from.properties();
    return { sessionPresent: flags === 1, reasonCode };
  },
  PUBLISH: readPublish,
  PUBACK: readAck,
  PUBREC: readAck,
  PUBREL: readAck,
  PUBCOMP: readAck,
  SUBSCRIBE: (from, out) => {
    const id = idAndProperties(from, out);
    const requests: [string, number][] = [];
    while (from.left > 0) requests.push([from.string(), from.uint(1)]);
    return { id, requests };
  },
  SUBACK: readCodes,
  UNSUBSCRIBE: (from, out) => {
    const id = idAndProperties(from, out);
    const filters: string[] = [];
    while (from.left > 0) filters.push(from.string());
    return { id, filters };
  },
  UNSUBACK: readCodes,
  PINGREQ: () => ({}),
  PINGRESP: () => ({}),
  DISCONNECT: readReason,
  AUTH: readReason,
};

const TYPES: readonly Type5[] = Object.keys(READERS) as Type5[];

/** The name of a packet's type; `(0)` for the reserved one. */
export function typeOf(packet: RawPacket): Type5 | "(0)" {
  return TYPES[packet.type - 1] ?? "(0)";
}

/** Reads a packet of version 5; throws where it is malformed. */
export function parse5(packet: RawPacket): Parsed5 {
  const type = typeOf(packet);
  if (type === "(0)") throw new Error(`no packet: ${toHex(packet.bytes)}`);
  const out: Common = { flags: packet.flags, properties: {}, bytes: packet.bytes };
  const from = new Cursor(packet.body);
  try {
    if (type !== "PUBLISH") checkFlags(packet);
    const fields = READERS[type](from, out);
    if (from.left > 0) throw new Error(`${from.left} bytes too many`);
    return { type, ...out, ...fields } as Parsed5;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`malformed ${type}: ${why}: ${toHex(packet.bytes)}`, { cause: error });
  }
}

/** PUBREL, SUBSCRIBE and UNSUBSCRIBE have 2, the others 0. */
function checkFlags({ type, flags }: RawPacket): void {
  const wanted = type === 6 || type === 8 || type === 10 ? 2 : 0;
  if (flags !== wanted) throw new Error(`flags ${flags}`);
}

function idAndProperties(from: Cursor, out: Common): number {
  const id = from.uint(2);
  out.properties = from.properties();
  return id;
}

function readReason(from: Cursor, out: Common): { reasonCode: number } {
  const reasonCode = from.left > 0 ? from.uint(1) : 0;
  if (from.left > 0) out.properties = from.properties();
  return { reasonCode };
}

function readAck(from: Cursor, out: Common): { id: number; reasonCode: number } {
  return { id: from.uint(2), ...readReason(from, out) };
}

function readCodes(from: Cursor, out: Common): { id: number; reasonCodes: number[] } {
  return { id: idAndProperties(from, out), reasonCodes: [...from.take(from.left)] };
}

function readPublish(from: Cursor, out: Common): Read<"PUBLISH"> {
  const qos = out.flags >> 1 & 3;
  const topic = from.string();
  const id = qos > 0 ? from.uint(2) : 0;
  out.properties = from.properties();
  return {
    topic,
    payload: latin1(from.take(from.left)),
    qos,
    dup: (out.flags & 8) !== 0,
    retain: (out.flags & 1) !== 0,
    id,
  };
}

function readConnect(from: Cursor, out: Common): Read<"CONNECT"> {
  const [name, level, connectFlags] = [from.string(), from.uint(1), from.uint(1)];
  const keepAlive = from.uint(2);
  out.properties = from.properties();
  const clientId = from.string();
  return {
    name,
    level,
    connectFlags,
    keepAlive,
    clientId,
    ...(connectFlags & 0x04 ? { will: readWill(from) } : {}),
    ...(connectFlags & 0x80 ? { username: from.string() } : {}),
    ...(connectFlags & 0x40 ? { password: latin1(from.binary()) } : {}),
  };
}

function readWill(from: Cursor): NonNullable<Connect5["will"]> {
  const properties = from.properties();
  return { properties, topic: from.string(), payload: latin1(from.binary()) };
}
