/**
 * The properties of MQTT 5.0 as bytes, written and read by hand for tests. Independent of Midge's codec on purpose.
 * Invariant: writing validates nothing; reading throws on what is no property, and on a second one where one is allowed.
 */
import { bytes, field, type Text, u16 } from "./raw_packets.ts";

/** What a packet carries, by the standard's names. Writing, a number may be out of range and a flag may be any byte. */
export interface RawProperties {
  payloadFormatIndicator?: number;
  messageExpiryInterval?: number;
  contentType?: Text;
  responseTopic?: Text;
  correlationData?: Text;
  subscriptionIdentifiers?: number[];
  sessionExpiryInterval?: number;
  assignedClientIdentifier?: Text;
  serverKeepAlive?: number;
  authenticationMethod?: Text;
  authenticationData?: Text;
  requestProblemInformation?: number;
  willDelayInterval?: number;
  requestResponseInformation?: number;
  responseInformation?: Text;
  serverReference?: Text;
  reasonString?: Text;
  receiveMaximum?: number;
  topicAliasMaximum?: number;
  topicAlias?: number;
  maximumQos?: number;
  retainAvailable?: number;
  userProperties?: [Text, Text][];
  maximumPacketSize?: number;
  wildcardSubscriptionAvailable?: number;
  subscriptionIdentifiersAvailable?: number;
  sharedSubscriptionAvailable?: number;
}

/** A property's name. */
export type PropertyName = keyof RawProperties;

type Kind = "byte" | "u16" | "u32" | "varint" | "string" | "binary" | "pair";

/** Identifier and type of each property, table 2-4. */
export const PROPERTY_TABLE: Readonly<Record<PropertyName, readonly [id: number, kind: Kind]>> = {
  payloadFormatIndicator: [0x01, "byte"],
  messageExpiryInterval: [0x02, "u32"],
  contentType: [0x03, "string"],
  responseTopic: [0x08, "string"],
  correlationData: [0x09, "binary"],
  subscriptionIdentifiers: [0x0b, "varint"],
  sessionExpiryInterval: [0x11, "u32"],
  assignedClientIdentifier: [0x12, "string"],
  serverKeepAlive: [0x13, "u16"],
  authenticationMethod: [0x15, "string"],
  authenticationData: [0x16, "binary"],
  requestProblemInformation: [0x17, "byte"],
  willDelayInterval: [0x18, "u32"],
  requestResponseInformation: [0x19, "byte"],
  responseInformation: [0x1a, "string"],
  serverReference: [0x1c, "string"],
  reasonString: [0x1f, "string"],
  receiveMaximum: [0x21, "u16"],
  topicAliasMaximum: [0x22, "u16"],
  topicAlias: [0x23, "u16"],
  maximumQos: [0x24, "byte"],
  retainAvailable: [0x25, "byte"],
  userProperties: [0x26, "pair"],
  maximumPacketSize: [0x27, "u32"],
  wildcardSubscriptionAvailable: [0x28, "byte"],
  subscriptionIdentifiersAvailable: [0x29, "byte"],
  sharedSubscriptionAvailable: [0x2a, "byte"],
};

const NAMES = new Map(
  (Object.keys(PROPERTY_TABLE) as PropertyName[]).map((name) => [PROPERTY_TABLE[name][0], name]),
);

/** A 32-bit integer, big-endian. */
export function u32(value: number): Uint8Array {
  return bytes(u16(Math.floor(value / 65_536)), u16(value % 65_536));
}

/** A variable byte integer in its shortest form, section 1.5.5. */
export function varint(value: number): Uint8Array {
  const out: number[] = [];
  do {
    const digit = value % 128;
    value = Math.floor(value / 128);
    out.push(value > 0 ? digit | 0x80 : digit);
  } while (value > 0);
  return Uint8Array.from(out);
}

/** One property: identifier and value. Of `userProperties` the value is one pair, of `subscriptionIdentifiers` one number. */
export function property(name: PropertyName, value: number | Text | [Text, Text]): Uint8Array {
  const [id, kind] = PROPERTY_TABLE[name];
  if (Array.isArray(value)) return bytes(id, field(value[0]), field(value[1]));
  if (typeof value !== "number") return bytes(id, field(value));
  if (kind === "u16") return bytes(id, u16(value));
  if (kind === "u32") return bytes(id, u32(value));
  return bytes(id, kind === "varint" ? varint(value) : value);
}

/**
 * What a packet builder takes: properties by name; or each property's bytes, for what no object can say (one twice,
 * another order); or the whole field with its length, for a wrong length.
 */
export type PropertyList = RawProperties | readonly Uint8Array[] | Uint8Array;

/** The property field of a packet: length and properties. */
export function propertyField(list: PropertyList = {}): Uint8Array {
  if (list instanceof Uint8Array) return list;
  const each = Array.isArray(list) ? list as Uint8Array[] : eachOf(list as RawProperties);
  const body = bytes(...each);
  return bytes(varint(body.length), body);
}

function eachOf(properties: RawProperties): Uint8Array[] {
  return (Object.keys(properties) as PropertyName[]).flatMap((name) => {
    const value = properties[name];
    if (value === undefined) return [];
    if (!Array.isArray(value)) return [property(name, value)];
    return (value as (number | [Text, Text])[]).map((one) => property(name, one));
  });
}

/** Reads the fields of a packet's body one after the other. */
export class Cursor {
  readonly #data: Uint8Array;
  /** Where the next field begins. */
  at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  /** Bytes left. */
  get left(): number {
    return this.#data.length - this.at;
  }

  /** The next `count` bytes; throws where there are fewer. */
  take(count: number): Uint8Array {
    if (count > this.left) throw new Error(`a field of ${count} bytes, but ${this.left} are left`);
    return this.#data.slice(this.at, this.at += count);
  }

  /** An unsigned integer of `size` bytes. */
  uint(size: number): number {
    return this.take(size).reduce((sum, byte) => sum * 256 + byte, 0);
  }

  /** A variable byte integer; throws where it is not in its shortest form. */
  varint(): number {
    const start = this.at;
    let value = 0;
    for (let factor = 1;; factor *= 128) {
      const digit = this.uint(1);
      value += (digit & 0x7f) * factor;
      if (digit < 128) break;
      if (factor >= 128 ** 3) throw new Error("a variable byte integer of more than 4 bytes");
    }
    const size = this.at - start;
    if (varint(value).length !== size) throw new Error(`${value} in ${size} bytes`);
    return value;
  }

  /** Binary data with its length. */
  binary(): Uint8Array {
    return this.take(this.uint(2));
  }

  /** A UTF-8 string; throws where it is none. */
  string(): string {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.binary());
  }

  /** A property field with its length. */
  properties(): ReadProperties {
    const inner = new Cursor(this.take(this.varint()));
    const out: Record<string, unknown> = {};
    while (inner.left > 0) readProperty(inner, out);
    return out;
  }
}

/** Properties as they were received: text is a string, binary data is bytes. */
export type ReadProperties = {
  [Name in PropertyName]?: RawProperties[Name] extends number | undefined ? number
    : Name extends "subscriptionIdentifiers" ? number[]
    : Name extends "userProperties" ? [string, string][]
    : Name extends "correlationData" | "authenticationData" ? Uint8Array
    : string;
};

function readProperty(from: Cursor, out: Record<string, unknown>): void {
  const id = from.varint();
  const name = NAMES.get(id);
  if (name === undefined) throw new Error(`no property has the identifier 0x${id.toString(16)}`);
  const value = readValue(from, PROPERTY_TABLE[name][1]);
  if (name === "userProperties" || name === "subscriptionIdentifiers") {
    out[name] = [...(out[name] as unknown[] | undefined) ?? [], value];
    return;
  }
  if (out[name] !== undefined) throw new Error(`${name} comes twice`);
  out[name] = value;
}

function readValue(from: Cursor, kind: Kind): unknown {
  switch (kind) {
    case "byte":
      return from.uint(1);
    case "u16":
      return from.uint(2);
    case "u32":
      return from.uint(4);
    case "varint":
      return from.varint();
    case "string":
      return from.string();
    case "binary":
      return from.binary();
    case "pair":
      return [from.string(), from.string()];
  }
}
