/**
 * The properties of MQTT 5.0, section 2.2.2: a table of all 27, read and written by it. Invariants: what stands in no
 * row is no property of its packet; each but user properties and a PUBLISH's subscription ids comes once at most; user
 * properties keep their order.
 */
import { ReasonCode } from "./codes.ts";
import { MalformedPacketError, ProtocolError } from "./errors.ts";
import { varintSize } from "./frame.ts";
import { Reader } from "./reader.ts";
import { encodeUtf8 } from "./utf8.ts";
import { checkBinary, Writer } from "./writer.ts";

/** The properties of one packet; what is absent stands for the standard's default. */
export interface Properties {
  /** PUBLISH, will. 1: the payload is UTF-8. */
  payloadFormatIndicator?: 0 | 1 | undefined;
  /** PUBLISH, will. Seconds. */
  messageExpiryInterval?: number | undefined;
  /** PUBLISH, will. */
  contentType?: string | undefined;
  /** PUBLISH, will. Without wildcards. */
  responseTopic?: string | undefined;
  /** PUBLISH, will. Of a decoded packet: borrowed. */
  correlationData?: Uint8Array | undefined;
  /** SUBSCRIBE: one at most; PUBLISH: those of all subscriptions that match. 1 to 268,435,455. */
  subscriptionIdentifiers?: readonly number[] | undefined;
  /** CONNECT, CONNACK, DISCONNECT. Seconds; 0xFFFFFFFF: for ever. */
  sessionExpiryInterval?: number | undefined;
  /** CONNACK. */
  assignedClientIdentifier?: string | undefined;
  /** CONNACK. Seconds; 0 turns keep-alive off. */
  serverKeepAlive?: number | undefined;
  /** CONNECT, CONNACK, AUTH. */
  authenticationMethod?: string | undefined;
  /** CONNECT, CONNACK, AUTH. Of a decoded packet: borrowed. */
  authenticationData?: Uint8Array | undefined;
  /** CONNECT. False: reason strings and user properties on PUBLISH, CONNACK and DISCONNECT alone. */
  requestProblemInformation?: boolean | undefined;
  /** Will. Seconds. */
  willDelayInterval?: number | undefined;
  /** CONNECT. */
  requestResponseInformation?: boolean | undefined;
  /** CONNACK. */
  responseInformation?: string | undefined;
  /** CONNACK, DISCONNECT. */
  serverReference?: string | undefined;
  /** CONNACK, the acknowledgements, SUBACK, UNSUBACK, DISCONNECT, AUTH. For people. */
  reasonString?: string | undefined;
  /** CONNECT, CONNACK. 1 to 65,535. */
  receiveMaximum?: number | undefined;
  /** CONNECT, CONNACK. */
  topicAliasMaximum?: number | undefined;
  /** PUBLISH. 1 to 65,535. */
  topicAlias?: number | undefined;
  /** CONNACK. */
  maximumQos?: 0 | 1 | undefined;
  /** CONNACK. */
  retainAvailable?: boolean | undefined;
  /** Every packet but PINGREQ and PINGRESP. In order; a name may come again. */
  userProperties?: readonly UserProperty[] | undefined;
  /** CONNECT, CONNACK. Bytes of a whole packet, at least 1. */
  maximumPacketSize?: number | undefined;
  /** CONNACK. */
  wildcardSubscriptionAvailable?: boolean | undefined;
  /** CONNACK. */
  subscriptionIdentifiersAvailable?: boolean | undefined;
  /** CONNACK. */
  sharedSubscriptionAvailable?: boolean | undefined;
}

/** A name and a value. */
export type UserProperty = readonly [name: string, value: string];

/** The packets with properties, as bits of a row; a will is no packet, but has a list of its own. */
export const PropertiesOf = {
  CONNECT: 1,
  CONNACK: 2,
  PUBLISH: 4,
  WILL: 8,
  PUBACK: 16,
  PUBREC: 32,
  PUBREL: 64,
  PUBCOMP: 128,
  SUBSCRIBE: 256,
  SUBACK: 512,
  UNSUBSCRIBE: 1024,
  UNSUBACK: 2048,
  DISCONNECT: 4096,
  AUTH: 8192,
} as const;
/** One of those bits. */
export type PropertiesOf = (typeof PropertiesOf)[keyof typeof PropertiesOf];

type Kind = "byte" | "flag" | "uint16" | "uint32" | "varint" | "string" | "binary" | "pair";

interface Row {
  readonly id: number;
  readonly key: keyof Properties;
  readonly kind: Kind;
  /** Where it may stand. */
  readonly on: number;
  /** As errors have it. */
  readonly name: string;
}

const P = PropertiesOf;
const ACKS = P.PUBACK | P.PUBREC | P.PUBREL | P.PUBCOMP | P.SUBACK | P.UNSUBACK;
const MESSAGE = P.PUBLISH | P.WILL;
const LOGIN = P.CONNECT | P.CONNACK | P.AUTH;
const BOTH_CONNECTS = P.CONNECT | P.CONNACK;
const EVERYWHERE = 16_383;

/** All of them, table 2-4. */
const ROWS: readonly Row[] = ([
  [0x01, "payloadFormatIndicator", "byte", MESSAGE],
  [0x02, "messageExpiryInterval", "uint32", MESSAGE],
  [0x03, "contentType", "string", MESSAGE],
  [0x08, "responseTopic", "string", MESSAGE],
  [0x09, "correlationData", "binary", MESSAGE],
  [0x0b, "subscriptionIdentifiers", "varint", P.PUBLISH | P.SUBSCRIBE],
  [0x11, "sessionExpiryInterval", "uint32", BOTH_CONNECTS | P.DISCONNECT],
  [0x12, "assignedClientIdentifier", "string", P.CONNACK],
  [0x13, "serverKeepAlive", "uint16", P.CONNACK],
  [0x15, "authenticationMethod", "string", LOGIN],
  [0x16, "authenticationData", "binary", LOGIN],
  [0x17, "requestProblemInformation", "flag", P.CONNECT],
  [0x18, "willDelayInterval", "uint32", P.WILL],
  [0x19, "requestResponseInformation", "flag", P.CONNECT],
  [0x1a, "responseInformation", "string", P.CONNACK],
  [0x1c, "serverReference", "string", P.CONNACK | P.DISCONNECT],
  [0x1f, "reasonString", "string", P.CONNACK | ACKS | P.DISCONNECT | P.AUTH],
  [0x21, "receiveMaximum", "uint16", BOTH_CONNECTS],
  [0x22, "topicAliasMaximum", "uint16", BOTH_CONNECTS],
  [0x23, "topicAlias", "uint16", P.PUBLISH],
  [0x24, "maximumQos", "byte", P.CONNACK],
  [0x25, "retainAvailable", "flag", P.CONNACK],
  [0x26, "userProperties", "pair", EVERYWHERE],
  [0x27, "maximumPacketSize", "uint32", BOTH_CONNECTS],
  [0x28, "wildcardSubscriptionAvailable", "flag", P.CONNACK],
  [0x29, "subscriptionIdentifiersAvailable", "flag", P.CONNACK],
  [0x2a, "sharedSubscriptionAvailable", "flag", P.CONNACK],
] as const).map(([id, key, kind, on]) => ({ id, key, kind, on, name: inWords(key) }));

const BY_ID: readonly (Row | undefined)[] = Array.from(
  { length: 0x2b },
  (_, id) => ROWS.find((row) => row.id === id),
);
const BY_KEY = new Map<string, Row>(ROWS.map((row) => [row.key, row]));

/** What an integer may be at least and at most, where its type alone does not say it. */
const RANGES: Partial<Record<keyof Properties, readonly [least: number, most: number]>> = {
  payloadFormatIndicator: [0, 1],
  subscriptionIdentifiers: [1, 268_435_455],
  receiveMaximum: [1, 65_535],
  topicAlias: [1, 65_535],
  maximumQos: [0, 1],
  maximumPacketSize: [1, 0xffff_ffff],
};
const MOST: Readonly<Partial<Record<Kind, number>>> = {
  byte: 255,
  uint16: 65_535,
  uint32: 0xffff_ffff,
};

/**
 * Reads a property length and the properties behind it; undefined where there are none.
 * @throws MalformedPacketError for what is none, or none of this packet [MQTT-2.2.2]
 * @throws ProtocolError for one that comes twice, and for a value that is not allowed
 */
export function readProperties(reader: Reader, of: PropertiesOf): Properties | undefined {
  const length = reader.varint("property length");
  if (length === 0) return undefined;
  const from = reader.at;
  reader.skip(length, "properties");
  return readList(new Reader(reader.bytes, from, reader.at), of);
}

/** Reads properties to the end of the reader. */
export function readList(reader: Reader, of: PropertiesOf): Properties {
  const properties: Record<string, unknown> = {};
  while (reader.left > 0) {
    const row = readRow(reader, of);
    const value = readValue(reader, row);
    const known = properties[row.key];
    if (row.kind === "pair" || (row.kind === "varint" && of === P.PUBLISH)) {
      if (known === undefined) properties[row.key] = [value];
      else (known as unknown[]).push(value);
    } else {
      if (known !== undefined) throw new ProtocolError(`${row.name} comes twice`, "2.2.2");
      properties[row.key] = row.kind === "varint" ? [value] : value;
    }
  }
  if (
    properties.authenticationData !== undefined && properties.authenticationMethod === undefined
  ) {
    throw new ProtocolError("authentication data without a method", "4.12");
  }
  return properties as Properties;
}

function readRow(reader: Reader, of: PropertiesOf): Row {
  const id = reader.varint("property identifier");
  const row = BY_ID[id];
  if (row === undefined) throw new MalformedPacketError(`there is no property ${id}`, "2.2.2");
  if ((row.on & of) === 0) {
    throw new MalformedPacketError(`${row.name} does not belong here`, "2.2.2");
  }
  return row;
}

function readValue(reader: Reader, row: Row): unknown {
  const { kind, name } = row;
  switch (kind) {
    case "byte":
      return inRange(row, reader.byte(name));
    case "flag":
      return readFlag(reader, name);
    case "uint16":
      return inRange(row, reader.uint16(name));
    case "uint32":
      return inRange(row, reader.uint32(name));
    case "varint":
      return inRange(row, reader.varint(name));
    case "string":
      return checkText(row, reader.string(name));
    case "binary":
      return reader.binary(name);
    case "pair":
      return [reader.string("user property's name"), reader.string("user property's value")];
  }
}

/** A response topic is a topic name. */
function checkText({ key, name }: Row, text: string): string {
  if (key !== "responseTopic" || !(text.includes("#") || text.includes("+"))) return text;
  throw new ProtocolError(`${name} with a wildcard`, "MQTT-3.3.2-14");
}

function readFlag(reader: Reader, name: string): boolean {
  const value = reader.byte(name);
  if (value > 1) throw new ProtocolError(`${name} is ${value}, neither 0 nor 1`, "2.2.2");
  return value === 1;
}

function inRange({ key, name }: Row, value: number): number {
  const range = RANGES[key];
  if (range === undefined || (value >= range[0] && value <= range[1])) return value;
  const [statement, code] = key === "topicAlias"
    ? ["MQTT-3.3.2-8", ReasonCode.TOPIC_ALIAS_INVALID] as const
    : ["2.2.2", ReasonCode.PROTOCOL_ERROR] as const;
  throw new ProtocolError(`${name} is ${value}, not ${range.join(" to ")}`, statement, code);
}

/** Properties on their way into a packet: their parts, and how many bytes they take with their length in front. */
export class PropertyList {
  readonly #parts: {
    readonly row: Row;
    readonly value: number | Uint8Array | readonly Uint8Array[];
  }[] = [];
  /** Without the length in front. */
  length = 0;

  /**
   * @throws RangeError for a property that the packet does not have, and for a value that does not fit
   */
  constructor(properties: Properties | undefined, of: PropertiesOf) {
    if (properties === undefined) return;
    for (const [key, value] of Object.entries(properties)) {
      if (value === undefined) continue;
      const row = BY_KEY.get(key);
      if (row === undefined) throw new RangeError(`there is no property ${key}`);
      if ((row.on & of) === 0) throw new RangeError(`${row.name} does not belong to this packet`);
      if (!Array.isArray(value)) this.#add(row, value);
      else for (const one of value) this.#add(row, one);
    }
  }

  /** With the length in front. */
  get size(): number {
    return varintSize(this.length) + this.length;
  }

  write(writer: Writer): void {
    writer.varint(this.length);
    for (const { row, value } of this.#parts) {
      writer.byte(row.id);
      if (typeof value !== "number") {
        if (value instanceof Uint8Array) writer.prefixed(value);
        else for (const text of value) writer.prefixed(text);
      } else if (row.kind === "uint16") writer.uint16(value);
      else if (row.kind === "uint32") writer.uint32(value);
      else if (row.kind === "varint") writer.varint(value);
      else writer.byte(value);
    }
  }

  #add(row: Row, given: unknown): void {
    const value = toWire(row, given);
    this.#parts.push({ row, value });
    this.length += 1 + sizeOf(row, value);
  }
}

function toWire(row: Row, given: unknown): number | Uint8Array | readonly Uint8Array[] {
  const { kind, name } = row;
  if (kind === "string") return encodeUtf8(given as string, name);
  if (kind === "binary") return checkBinary(given as Uint8Array, name);
  if (kind === "pair") {
    return (given as UserProperty).map((text) => encodeUtf8(text, "user property"));
  }
  if (kind === "flag") return given === true ? 1 : 0;
  const [least, most] = RANGES[row.key] ?? [0, MOST[kind]!];
  const value = given as number;
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${name} ${value} is not within ${least} to ${most}`);
}

function sizeOf({ kind }: Row, value: number | Uint8Array | readonly Uint8Array[]): number {
  if (value instanceof Uint8Array) return 2 + value.length;
  if (typeof value !== "number") return value.reduce((sum, text) => sum + 2 + text.length, 0);
  if (kind === "varint") return varintSize(value);
  return kind === "uint32" ? 4 : kind === "uint16" ? 2 : 1;
}

/** `messageExpiryInterval` as `message expiry interval`. */
function inWords(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
