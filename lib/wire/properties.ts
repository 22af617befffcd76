/**
 * The properties of MQTT 5.0, section 2.2.2, read and written by the table of all 27. Invariants: what stands in no row
 * is no property of its packet; each but user properties and a PUBLISH's subscription ids comes once at most; user
 * properties keep their order.
 */
import { ReasonCode } from "./codes.ts";
import { MalformedPacketError, ProtocolError } from "./errors.ts";
import { varintSize } from "./frame.ts";
import { BY_ID, BY_KEY, type PropertiesOf, type PropertyRow, repeats } from "./property_table.ts";
import { Reader } from "./reader.ts";
import { encodeUtf8 } from "./utf8.ts";
import { checkBinary, Writer } from "./writer.ts";

export { PropertiesOf } from "./property_table.ts";

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
    if (repeats(row, of)) {
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

function readRow(reader: Reader, of: PropertiesOf): PropertyRow {
  const id = reader.varint("property identifier");
  const row = BY_ID[id];
  if (row === undefined) throw new MalformedPacketError(`there is no property ${id}`, "2.2.2");
  if ((row.on & of) === 0) {
    throw new MalformedPacketError(`${row.name} does not belong here`, "2.2.2");
  }
  return row;
}

function readValue(reader: Reader, row: PropertyRow): unknown {
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
function checkText({ key, name }: PropertyRow, text: string): string {
  if (key !== "responseTopic") return text;
  if (text === "") throw new ProtocolError(`${name} is empty`, "MQTT-4.7.3-1");
  if (!hasWildcard(text)) return text;
  throw new ProtocolError(`${name} with a wildcard`, "MQTT-3.3.2-14");
}

function hasWildcard(text: string): boolean {
  return text.includes("#") || text.includes("+");
}

function readFlag(reader: Reader, name: string): boolean {
  const value = reader.byte(name);
  if (value > 1) throw new ProtocolError(`${name} is ${value}, neither 0 nor 1`, "2.2.2");
  return value === 1;
}

function inRange(row: PropertyRow, value: number): number {
  const { key, name, least, most } = row;
  if (value >= least && value <= most) return value;
  const [statement, code] = key === "topicAlias"
    ? ["MQTT-3.3.2-8", ReasonCode.TOPIC_ALIAS_INVALID] as const
    : ["2.2.2", ReasonCode.PROTOCOL_ERROR] as const;
  throw new ProtocolError(`${name} is ${value}, not ${least} to ${most}`, statement, code);
}

/** Properties on their way into a packet: their parts, and how many bytes they take with their length in front. */
export class PropertyList {
  readonly #parts: {
    readonly row: PropertyRow;
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
      else if (value.length < 2 || repeats(row, of)) {
        for (const one of value) this.#add(row, one);
      } else throw new RangeError(`${row.name} can come only once in this packet`);
    }
    if (
      properties.authenticationData !== undefined && properties.authenticationMethod === undefined
    ) {
      throw new RangeError("authentication data without a method");
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

  #add(row: PropertyRow, given: unknown): void {
    const value = toWire(row, given);
    this.#parts.push({ row, value });
    this.length += 1 + sizeOf(row, value);
  }
}

function textToSend({ key, name }: PropertyRow, text: string): string {
  if (key !== "responseTopic" || (text !== "" && !hasWildcard(text))) return text;
  throw new RangeError(`${name} "${text}" is not a topic name`);
}

function toWire(row: PropertyRow, given: unknown): number | Uint8Array | readonly Uint8Array[] {
  const { kind, name, least, most } = row;
  if (kind === "string") return encodeUtf8(textToSend(row, given as string), name);
  if (kind === "binary") return checkBinary(given as Uint8Array, name);
  if (kind === "pair") {
    return (given as UserProperty).map((text) => encodeUtf8(text, "user property"));
  }
  if (kind === "flag") return given === true ? 1 : 0;
  const value = given as number;
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${name} ${value} is not within ${least} to ${most}`);
}

function sizeOf({ kind }: PropertyRow, value: number | Uint8Array | readonly Uint8Array[]): number {
  if (value instanceof Uint8Array) return 2 + value.length;
  if (typeof value !== "number") return value.reduce((sum, text) => sum + 2 + text.length, 0);
  if (kind === "varint") return varintSize(value);
  return kind === "uint32" ? 4 : kind === "uint16" ? 2 : 1;
}
