/**
 * The properties of MQTT 5.0, section 2.2.2, read by the table of all 27. Invariants: what stands in no row
 * is no property of its packet; each but user properties and a PUBLISH's subscription ids comes once at most; user
 * properties keep their order.
 */
import { ReasonCode } from "./codes.ts";
import { MalformedPacketError, ProtocolError } from "./errors.ts";
import { BY_ID, hasWildcard, PropertiesOf, type PropertyRow, repeats } from "./property_table.ts";
import { Reader } from "./reader.ts";

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

const USER_PROPERTY = 0x26;

/**
 * User properties of a packet that is kept as an object; five bytes on the wire are ten times that here. A PUBLISH has no
 * limit but its size: the broker hands it on as bytes.
 */
const MOST_USER_PROPERTIES = 4096;

/** Reads properties to the end of the reader. Throws what readProperties throws. */
export function readList(reader: Reader, of: PropertiesOf): Properties {
  const properties: Record<string, unknown> = {};
  while (reader.left > 0) readOne(reader, of, readRow(reader, of), properties);
  return checked(properties);
}

/** The property list of a PUBLISH as it is handed on. */
export interface PublishList {
  /** All but user properties. */
  readonly properties: Properties;
  /** Where in the reader's bytes what is for every receiver begins and ends: neither topic alias nor message expiry. */
  readonly handedOn: readonly (readonly [from: number, to: number])[];
}

/** Reads a PUBLISH's properties; user properties are looked at, and not made: there may be millions. */
export function readPublishList(reader: Reader): PublishList {
  const properties: Record<string, unknown> = {};
  const handedOn: [number, number][] = [];
  let from = reader.at;
  for (skipPairs(reader); reader.left > 0; skipPairs(reader)) {
    const at = reader.at;
    const row = readRow(reader, PropertiesOf.PUBLISH);
    readOne(reader, PropertiesOf.PUBLISH, row, properties);
    if (row.key !== "topicAlias" && row.key !== "messageExpiryInterval") continue;
    if (at > from) handedOn.push([from, at]);
    from = reader.at;
  }
  if (reader.at > from) handedOn.push([from, reader.at]);
  return { properties: checked(properties), handedOn };
}

/** Goes on behind the user properties that stand here, if there are any. */
function skipPairs(reader: Reader): void {
  while (reader.left > 0 && reader.bytes[reader.at] === USER_PROPERTY) {
    reader.at++;
    reader.skipString("user property's name");
    reader.skipString("user property's value");
  }
}

function readOne(
  reader: Reader,
  of: PropertiesOf,
  row: PropertyRow,
  properties: Record<string, unknown>,
): void {
  const value = readValue(reader, row);
  const known = properties[row.key];
  if (!repeats(row, of)) {
    if (known !== undefined) throw new ProtocolError(`${row.name} comes twice`, "2.2.2");
    properties[row.key] = row.kind === "varint" ? [value] : value;
  } else if (known === undefined) properties[row.key] = [value];
  else if (of === PropertiesOf.PUBLISH || (known as unknown[]).length < MOST_USER_PROPERTIES) {
    (known as unknown[]).push(value);
  } else {
    const text = `more than ${MOST_USER_PROPERTIES} user properties`;
    throw new ProtocolError(text, "2.2.2", ReasonCode.QUOTA_EXCEEDED);
  }
}

function checked(properties: Properties): Properties {
  if (
    properties.authenticationData !== undefined && properties.authenticationMethod === undefined
  ) {
    throw new ProtocolError("authentication data without a method", "4.12");
  }
  return properties;
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
