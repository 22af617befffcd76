/**
 * The 27 properties of MQTT 5 as the standard's table 2-4 and the sections of its packets have them, written down a
 * second time. Invariant: nothing here is read from the codec's own table.
 */
import type { Properties } from "../../../lib/wire/properties.ts";
import { hex } from "../../support/raw_packets.ts";

/** The lists that properties stand in. */
export type Place =
  | "CONNECT"
  | "CONNACK"
  | "PUBLISH"
  | "will"
  | "PUBACK"
  | "PUBREC"
  | "PUBREL"
  | "PUBCOMP"
  | "SUBSCRIBE"
  | "SUBACK"
  | "UNSUBSCRIBE"
  | "UNSUBACK"
  | "DISCONNECT"
  | "AUTH";

/** A value that must be refused, and by what. */
export interface BadValue {
  /** The value's bytes. */
  readonly hex: string;
  /** Default `2.2.2`. */
  readonly statement?: string;
  /** Default 0x82. */
  readonly code?: number;
}

/** One property. */
export interface KnownProperty {
  readonly id: string;
  readonly key: keyof Properties;
  readonly places: readonly Place[];
  /** Values as bytes, and what they mean. */
  readonly good: readonly (readonly [hex: string, value: Properties[keyof Properties]])[];
  readonly bad: readonly BadValue[];
}

/** Every list there is. */
export const PLACES: readonly Place[] = [
  "CONNECT",
  "CONNACK",
  "PUBLISH",
  "will",
  "PUBACK",
  "PUBREC",
  "PUBREL",
  "PUBCOMP",
  "SUBSCRIBE",
  "SUBACK",
  "UNSUBSCRIBE",
  "UNSUBACK",
  "DISCONNECT",
  "AUTH",
];
const MESSAGE: readonly Place[] = ["PUBLISH", "will"];
const CONNECTS: readonly Place[] = ["CONNECT", "CONNACK"];
const REASONS = PLACES.filter((place) =>
  !["CONNECT", "PUBLISH", "will", "SUBSCRIBE", "UNSUBSCRIBE"].includes(place)
);

const FLAG = { good: [["00", false], ["01", true]], bad: [{ hex: "02" }, { hex: "ff" }] } as const;
const BIT = { good: [["00", 0], ["01", 1]], bad: [{ hex: "02" }, { hex: "ff" }] } as const;
const SECONDS = {
  good: [["00000000", 0], ["00000001", 1], ["ffffffff", 4_294_967_295]],
  bad: [],
} as const;
const SHORT = { good: [["0000", 0], ["0001", 1], ["ffff", 65_535]], bad: [] } as const;
const POSITIVE = { good: [["0001", 1], ["ffff", 65_535]], bad: [{ hex: "0000" }] } as const;
const NO_TEXTS: readonly BadValue[] = [
  { hex: "0001 00", statement: "MQTT-1.5.4-2", code: 0x81 },
  { hex: "0001 ff", statement: "MQTT-1.5.4-1", code: 0x81 },
  { hex: "0003 eda080", statement: "MQTT-1.5.4-1", code: 0x81 },
];
const TEXT = {
  good: [["0000", ""], ["0001 61", "a"], ["0002 c3bc", "ü"], ["0003 efbbbf", "\ufeff"]],
  bad: NO_TEXTS,
} as const;
const BYTES = { good: [["0000", hex("")], ["0003 00ff80", hex("00ff80")]], bad: [] } as const;

/** All of them. */
export const PROPERTIES: readonly KnownProperty[] = [
  { id: "01", key: "payloadFormatIndicator", places: MESSAGE, ...BIT },
  { id: "02", key: "messageExpiryInterval", places: MESSAGE, ...SECONDS },
  { id: "03", key: "contentType", places: MESSAGE, ...TEXT },
  {
    id: "08",
    key: "responseTopic",
    places: MESSAGE,
    good: [["0001 61", "a"], ["0003 612f62", "a/b"]],
    bad: [
      ...NO_TEXTS,
      { hex: "0000", statement: "MQTT-4.7.3-1" },
      { hex: "0001 23", statement: "MQTT-3.3.2-14" },
      { hex: "0003 612f2b", statement: "MQTT-3.3.2-14" },
    ],
  },
  { id: "09", key: "correlationData", places: MESSAGE, ...BYTES },
  {
    id: "0b",
    key: "subscriptionIdentifiers",
    places: ["PUBLISH", "SUBSCRIBE"],
    good: [["01", [1]], ["7f", [127]], ["8001", [128]], ["ffffff7f", [268_435_455]]],
    bad: [
      { hex: "00" },
      { hex: "8000", statement: "MQTT-1.5.5-1", code: 0x81 },
      { hex: "818000", statement: "MQTT-1.5.5-1", code: 0x81 },
      { hex: "ffffffff01", statement: "MQTT-1.5.5-1", code: 0x81 },
    ],
  },
  { id: "11", key: "sessionExpiryInterval", places: [...CONNECTS, "DISCONNECT"], ...SECONDS },
  { id: "12", key: "assignedClientIdentifier", places: ["CONNACK"], ...TEXT },
  { id: "13", key: "serverKeepAlive", places: ["CONNACK"], ...SHORT },
  { id: "15", key: "authenticationMethod", places: [...CONNECTS, "AUTH"], ...TEXT },
  { id: "16", key: "authenticationData", places: [...CONNECTS, "AUTH"], ...BYTES },
  { id: "17", key: "requestProblemInformation", places: ["CONNECT"], ...FLAG },
  { id: "18", key: "willDelayInterval", places: ["will"], ...SECONDS },
  { id: "19", key: "requestResponseInformation", places: ["CONNECT"], ...FLAG },
  { id: "1a", key: "responseInformation", places: ["CONNACK"], ...TEXT },
  { id: "1c", key: "serverReference", places: ["CONNACK", "DISCONNECT"], ...TEXT },
  { id: "1f", key: "reasonString", places: REASONS, ...TEXT },
  { id: "21", key: "receiveMaximum", places: CONNECTS, ...POSITIVE },
  { id: "22", key: "topicAliasMaximum", places: CONNECTS, ...SHORT },
  {
    id: "23",
    key: "topicAlias",
    places: ["PUBLISH"],
    good: POSITIVE.good,
    bad: [{ hex: "0000", statement: "MQTT-3.3.2-8", code: 0x94 }],
  },
  { id: "24", key: "maximumQos", places: ["CONNACK"], ...BIT },
  { id: "25", key: "retainAvailable", places: ["CONNACK"], ...FLAG },
  {
    id: "26",
    key: "userProperties",
    places: PLACES,
    good: [
      ["0001 61 0001 62", [["a", "b"]]],
      ["0000 0000", [["", ""]]],
      ["0002 c3bc 0003 efbbbf", [["ü", "\ufeff"]]],
    ],
    bad: [
      ...NO_TEXTS.map((one) => ({ ...one, hex: `${one.hex} 0001 62` })),
      ...NO_TEXTS.map((one) => ({ ...one, hex: `0001 61 ${one.hex}` })),
    ],
  },
  {
    id: "27",
    key: "maximumPacketSize",
    places: CONNECTS,
    good: [["00000001", 1], ["ffffffff", 4_294_967_295]],
    bad: [{ hex: "00000000" }],
  },
  { id: "28", key: "wildcardSubscriptionAvailable", places: ["CONNACK"], ...FLAG },
  { id: "29", key: "subscriptionIdentifiersAvailable", places: ["CONNACK"], ...FLAG },
  { id: "2a", key: "sharedSubscriptionAvailable", places: ["CONNACK"], ...FLAG },
];
