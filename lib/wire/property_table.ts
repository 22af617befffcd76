/**
 * All 27 properties of MQTT 5.0, table 2-4: identifier, type, packets, range. Invariant: a row is the whole truth about
 * its property; reading and writing know none by name but those that this table cannot express.
 */
import type { Properties } from "./properties.ts";

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

/** How its value is written, section 1.5. A flag is a byte that is 0 or 1. */
export type PropertyKind =
  | "byte"
  | "flag"
  | "uint16"
  | "uint32"
  | "varint"
  | "string"
  | "binary"
  | "pair";

/** What is known of one property. */
export interface PropertyRow {
  readonly id: number;
  readonly key: keyof Properties;
  readonly kind: PropertyKind;
  /** Where it may stand. */
  readonly on: number;
  /** What a number may be; 0 where the value is none. */
  readonly least: number;
  /** Likewise. */
  readonly most: number;
  /** As errors have it. */
  readonly name: string;
}

const P = PropertiesOf;
const ACKS = P.PUBACK | P.PUBREC | P.PUBREL | P.PUBCOMP | P.SUBACK | P.UNSUBACK;
const MESSAGE = P.PUBLISH | P.WILL;
const LOGIN = P.CONNECT | P.CONNACK | P.AUTH;
const BOTH_CONNECTS = P.CONNECT | P.CONNACK;
const EVERYWHERE = 16_383;

/** What an integer may be at least and at most, where its type alone does not say it. */
const RANGES: Partial<Record<keyof Properties, readonly [least: number, most: number]>> = {
  payloadFormatIndicator: [0, 1],
  subscriptionIdentifiers: [1, 268_435_455],
  receiveMaximum: [1, 65_535],
  topicAlias: [1, 65_535],
  maximumQos: [0, 1],
  maximumPacketSize: [1, 0xffff_ffff],
};
const MOST: Readonly<Partial<Record<PropertyKind, number>>> = {
  byte: 255,
  uint16: 65_535,
  uint32: 0xffff_ffff,
};

/** All of them, table 2-4. */
const ROWS: readonly PropertyRow[] = ([
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
] as const).map(([id, key, kind, on]) => {
  const [least, most] = RANGES[key] ?? [0, MOST[kind] ?? 0];
  return { id, key, kind, on, least, most, name: inWords(key) };
});

/** By identifier. */
export const BY_ID: readonly (PropertyRow | undefined)[] = Array.from(
  { length: 0x2b },
  (_, id) => ROWS.find((row) => row.id === id),
);
/** By key. */
export const BY_KEY = new Map<string, PropertyRow>(ROWS.map((row) => [row.key, row]));

/** May it come more than once there? */
export function repeats({ kind }: PropertyRow, of: PropertiesOf): boolean {
  return kind === "pair" || (kind === "varint" && of === P.PUBLISH);
}

/** `messageExpiryInterval` as `message expiry interval`. */
function inWords(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** No topic name has one. */
export function hasWildcard(text: string): boolean {
  return text.includes("#") || text.includes("+");
}
