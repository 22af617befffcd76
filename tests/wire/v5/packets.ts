/**
 * Packets of MQTT 5 as bytes with what they mean, written by hand from the standard. Invariant: properties are the
 * matter of properties.ts beside this file; here they stand only where a packet's layout asks for them.
 */
import type { ConnectPacket, PublishPacket } from "../../../lib/wire/packets.ts";
import { hex, utf8 } from "../../support/raw_packets.ts";
import type { GoodVector } from "../vectors.ts";

/** The CONNECT `00 04 4d515454 05 02 003c 00 0001 61`. */
export const CONNECT: ConnectPacket = {
  type: "connect",
  protocolLevel: 5,
  clientId: "a",
  cleanSession: true,
  keepAlive: 60,
  will: undefined,
  username: undefined,
  password: undefined,
  properties: undefined,
};

const PUBLISH: PublishPacket = {
  type: "publish",
  topicName: "a/b",
  payload: hex("01 02"),
  qos: 0,
  retain: false,
  dup: false,
  packetId: 0,
  properties: undefined,
};

const NONE = { properties: undefined };
const OK = { reasonCode: 0, ...NONE } as const;
const REQUEST = {
  topicFilter: "#",
  qos: 0,
  noLocal: false,
  retainAsPublished: false,
  retainHandling: 0,
} as const;

const CONNECTS: readonly GoodVector[] = [
  {
    name: "CONNECT with nothing but a client id",
    hex: "10 0e 0004 4d515454 05 02 003c 00 0001 61",
    packet: CONNECT,
  },
  {
    name: "CONNECT without clean start, longest keep-alive, empty client id",
    hex: "10 0d 0004 4d515454 05 00 ffff 00 0000",
    packet: { ...CONNECT, cleanSession: false, keepAlive: 65_535, clientId: "" },
  },
  {
    name: "CONNECT with every field",
    hex: "10 21 0004 4d515454 05 f6 000a 00 0001 61 00 0003 612f62 0002 ff00 0002 c3bc 0003 007f80",
    packet: {
      ...CONNECT,
      keepAlive: 10,
      will: { topicName: "a/b", payload: hex("ff00"), qos: 2, retain: true, ...NONE },
      username: "ü",
      password: hex("00 7f 80"),
    },
  },
  {
    name: "CONNECT with a password and no username, which 3.1.1 refuses",
    hex: "10 11 0004 4d515454 05 42 003c 00 0001 61 0001 70",
    packet: { ...CONNECT, password: hex("70") },
  },
  {
    name: "CONNECT with an empty will payload, username and password",
    hex: "10 18 0004 4d515454 05 c4 003c 00 0001 61 00 0001 77 0000 0000 0000",
    packet: {
      ...CONNECT,
      cleanSession: false,
      will: { topicName: "w", payload: hex(""), qos: 0, retain: false, ...NONE },
      username: "",
      password: hex(""),
    },
  },
  {
    name: "CONNECT with properties of its own and of its will",
    hex: "10 1f 0004 4d515454 05 0e 003c 05 11 ffffffff 0001 61 05 18 00000005 0001 77 0001 6d",
    packet: {
      ...CONNECT,
      properties: { sessionExpiryInterval: 0xffff_ffff },
      will: {
        topicName: "w",
        payload: utf8("m"),
        qos: 1,
        retain: false,
        properties: { willDelayInterval: 5 },
      },
    },
  },
  {
    name: "CONNECT whose client id begins with U+FEFF, which is kept [MQTT-1.5.4-3]",
    hex: "10 11 0004 4d515454 05 02 003c 00 0004 efbbbf 61",
    packet: { ...CONNECT, clientId: "\ufeffa" },
  },
  {
    name: "CONNACK, new session",
    hex: "20 03 00 00 00",
    packet: { type: "connack", sessionPresent: false, returnCode: 0, ...OK },
  },
  {
    name: "CONNACK, session present",
    hex: "20 03 01 00 00",
    packet: { type: "connack", sessionPresent: true, returnCode: 0, ...OK },
  },
  {
    name: "CONNACK, bad username or password",
    hex: "20 03 00 86 00",
    packet: {
      type: "connack",
      sessionPresent: false,
      returnCode: 4,
      reasonCode: 0x86,
      ...NONE,
    },
  },
];

const PUBLISHES: readonly GoodVector[] = [
  { name: "PUBLISH at QoS 0", hex: "30 08 0003 612f62 00 01 02", packet: PUBLISH },
  {
    name: "PUBLISH without a payload, retained",
    hex: "31 06 0003 612f62 00",
    packet: { ...PUBLISH, payload: hex(""), retain: true },
  },
  {
    name: "PUBLISH at QoS 2, DUP and RETAIN, highest packet id",
    hex: "3d 0a 0003 612f62 ffff 00 01 02",
    packet: { ...PUBLISH, qos: 2, dup: true, retain: true, packetId: 65_535 },
  },
  {
    name: "PUBLISH with a topic alias and an empty topic",
    hex: "30 08 0000 03 23 0001 01 02",
    packet: { ...PUBLISH, topicName: "", properties: { topicAlias: 1 } },
  },
  {
    name: "PUBLISH with an empty topic and no alias, which a handler refuses",
    hex: "30 05 0000 00 01 02",
    packet: { ...PUBLISH, topicName: "" },
  },
  {
    name: "PUBLISH whose property length takes two bytes",
    hex: `30 8f01 0003 612f62 8601 26 0001 61 0080 ${"62".repeat(128)} 01 02`,
    packet: { ...PUBLISH, properties: { userProperties: [["a", "b".repeat(128)]] } },
  },
  {
    name: "PUBLISH with many properties in order, and user properties in theirs",
    hex: "32 29 0001 74 0001 23 01 01 02 00000009 03 0001 63 08 0001 72 09 0002 00ff " +
      "26 0001 6b 0001 76 26 0001 6b 0000 0b 01",
    packet: {
      ...PUBLISH,
      topicName: "t",
      qos: 1,
      packetId: 1,
      payload: hex(""),
      properties: {
        payloadFormatIndicator: 1,
        messageExpiryInterval: 9,
        contentType: "c",
        responseTopic: "r",
        correlationData: hex("00ff"),
        userProperties: [["k", "v"], ["k", ""]],
        subscriptionIdentifiers: [1],
      },
    },
  },
];

/** An acknowledgement in each of its forms, sections 3.4 to 3.7. */
function acks(
  name: "PUBACK" | "PUBREC" | "PUBREL" | "PUBCOMP",
  header: string,
  code: number,
): GoodVector[] {
  const type = name.toLowerCase() as "puback" | "pubrec" | "pubrel" | "pubcomp";
  const digits = code.toString(16).padStart(2, "0");
  const reasonCode = code as 0x87 | 0x92;
  const refused = { type, packetId: 1, reasonCode } as const;
  return [
    { name, hex: `${header} 02 0001`, packet: { type, packetId: 1, ...OK } },
    {
      name: `${name} with a code that says success`,
      hex: `${header} 03 0001 00`,
      packet: { type, packetId: 1, ...OK },
      canonical: false,
    },
    {
      name: `${name} with a code and no property`,
      hex: `${header} 04 0001 ${digits} 00`,
      packet: { ...refused, ...NONE },
      canonical: false,
    },
    {
      name: `${name} with a code alone`,
      hex: `${header} 03 0001 ${digits}`,
      packet: { ...refused, ...NONE },
    },
    {
      name: `${name} with a code and a reason string`,
      hex: `${header} 08 0001 ${digits} 04 1f 0001 6e`,
      packet: { ...refused, properties: { reasonString: "n" } },
    },
  ];
}

const SUBSCRIPTIONS: readonly GoodVector[] = [
  {
    name: "SUBSCRIBE to one filter",
    hex: "82 07 0001 00 0001 23 00",
    packet: { type: "subscribe", packetId: 1, subscriptions: [REQUEST], ...NONE },
  },
  {
    name: "SUBSCRIBE with every option and a subscription identifier",
    hex: "82 1b 0102 05 0b ffffff7f 0001 23 06 0001 61 09 0001 62 12 0001 63 2e 0000 00",
    packet: {
      type: "subscribe",
      packetId: 258,
      subscriptions: [
        { ...REQUEST, qos: 2, noLocal: true },
        { ...REQUEST, topicFilter: "a", qos: 1, retainAsPublished: true },
        { ...REQUEST, topicFilter: "b", qos: 2, retainHandling: 1 },
        {
          topicFilter: "c",
          qos: 2,
          noLocal: true,
          retainAsPublished: true,
          retainHandling: 2,
        },
        { ...REQUEST, topicFilter: "" },
      ],
      properties: { subscriptionIdentifiers: [268_435_455] },
    },
  },
  {
    name: "SUBACK",
    hex: "90 07 0001 00 00 01 02 87",
    packet: { type: "suback", packetId: 1, returnCodes: [0, 1, 2, 0x87], ...NONE },
  },
  {
    name: "UNSUBSCRIBE from two filters",
    hex: "a2 0b 0001 00 0003 612f62 0001 23",
    packet: { type: "unsubscribe", packetId: 1, topicFilters: ["a/b", "#"], ...NONE },
  },
  {
    name: "UNSUBACK",
    hex: "b0 05 0001 00 00 11",
    packet: { type: "unsuback", packetId: 1, reasonCodes: [0, 0x11], ...NONE },
  },
];

const LAST: readonly GoodVector[] = [
  { name: "PINGREQ", hex: "c0 00", packet: { type: "pingreq" } },
  { name: "PINGRESP", hex: "d0 00", packet: { type: "pingresp" } },
  { name: "DISCONNECT", hex: "e0 00", packet: { type: "disconnect", ...OK } },
  {
    name: "DISCONNECT with the will",
    hex: "e0 01 04",
    packet: { type: "disconnect", reasonCode: 4, ...NONE },
  },
  {
    name: "DISCONNECT with code 0 and no properties",
    hex: "e0 02 00 00",
    packet: { type: "disconnect", ...OK },
    canonical: false,
  },
  {
    name: "DISCONNECT with a session expiry interval",
    hex: "e0 07 00 05 11 00000000",
    packet: { type: "disconnect", reasonCode: 0, properties: { sessionExpiryInterval: 0 } },
  },
  { name: "AUTH", hex: "f0 00", packet: { type: "auth", ...OK } },
  {
    name: "AUTH with a code and no properties, which a handler refuses",
    hex: "f0 02 18 00",
    packet: { type: "auth", reasonCode: 0x18, ...NONE },
  },
  {
    name: "AUTH with method and data",
    hex: "f0 0a 19 08 15 0001 6d 16 0001 64",
    packet: {
      type: "auth",
      reasonCode: 0x19,
      properties: { authenticationMethod: "m", authenticationData: hex("64") },
    },
  },
];

/** Bytes that are one packet. */
export const GOOD: readonly GoodVector[] = [
  ...CONNECTS,
  ...PUBLISHES,
  ...acks("PUBACK", "40", 0x87),
  ...acks("PUBREC", "50", 0x97),
  ...acks("PUBREL", "62", 0x92),
  ...acks("PUBCOMP", "70", 0x92),
  ...SUBSCRIPTIONS,
  ...LAST,
];
