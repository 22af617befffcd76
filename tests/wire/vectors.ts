/**
 * Packets of MQTT 3.1 and 3.1.1 as bytes with what they mean: the codec's truth, written by hand from the standard.
 */
import type { Packet } from "../../lib/wire/packets.ts";
import { hex, utf8 } from "../support/raw_packets.ts";

/** Bytes that are one packet. */
export interface GoodVector {
  name: string;
  hex: string;
  packet: Packet;
  /** False: the same packet has a shorter form, which is what encoding gives. */
  canonical?: false;
}

/** Bytes that must be refused. */
export interface BadVector {
  name: string;
  hex: string;
  /** The statement that the error names; without an id of its own, the section. */
  statement: string;
  /** The error's class name; default MalformedPacketError. */
  error?: "ProtocolError" | "UnsupportedProtocolLevelError";
  /** The error's reason code, where it is not the one that its class says. */
  code?: number;
}

const CONNECT = {
  type: "connect",
  protocolLevel: 4,
  clientId: "a",
  cleanSession: true,
  keepAlive: 60,
  will: undefined,
  username: undefined,
  password: undefined,
} as const;

const PUBLISH = {
  type: "publish",
  topicName: "a/b",
  payload: hex("01 02"),
  qos: 0,
  retain: false,
  dup: false,
  packetId: 0,
} as const;

const LONG = "61".repeat(125);

export const GOOD: readonly GoodVector[] = [
  {
    name: "CONNECT with nothing but a client id",
    hex: "10 0d 0004 4d515454 04 02 003c 0001 61",
    packet: CONNECT,
  },
  {
    name: "CONNECT with an empty client id",
    hex: "10 0c 0004 4d515454 04 02 0000 0000",
    packet: { ...CONNECT, clientId: "", keepAlive: 0 },
  },
  {
    name: "CONNECT that keeps its session, longest keep-alive",
    hex: "10 0d 0004 4d515454 04 00 ffff 0001 61",
    packet: { ...CONNECT, cleanSession: false, keepAlive: 65_535 },
  },
  {
    name: "CONNECT with every field",
    hex: "10 1f 0004 4d515454 04 f6 000a 0001 61 0003 612f62 0002 ff00 0002 c3bc 0003 007f80",
    packet: {
      ...CONNECT,
      keepAlive: 10,
      will: { topicName: "a/b", payload: hex("ff00"), qos: 2, retain: true },
      username: "ü",
      password: hex("00 7f 80"),
    },
  },
  {
    name: "CONNECT with an empty will message, username and password",
    hex: "10 16 0004 4d515454 04 c4 003c 0001 61 0001 77 0000 0000 0000",
    packet: {
      ...CONNECT,
      cleanSession: false,
      will: { topicName: "w", payload: hex(""), qos: 0, retain: false },
      username: "",
      password: hex(""),
    },
  },
  {
    name: "CONNECT with a username and no password",
    hex: "10 10 0004 4d515454 04 82 003c 0001 61 0001 75",
    packet: { ...CONNECT, username: "u" },
  },
  {
    name: "CONNECT of MQTT 3.1",
    hex: "10 0f 0006 4d5149736470 03 02 003c 0001 61",
    packet: { ...CONNECT, protocolLevel: 3 },
  },
  {
    name: "CONNECT whose client id begins with U+FEFF, which is kept [MQTT-1.5.3-3]",
    hex: "10 10 0004 4d515454 04 02 003c 0004 efbbbf 61",
    packet: { ...CONNECT, clientId: "\ufeffa" },
  },
  {
    name: "CONNECT whose client id is outside the basic plane",
    hex: "10 10 0004 4d515454 04 02 003c 0004 f09fa68b",
    packet: { ...CONNECT, clientId: "\u{1F98B}" },
  },
  {
    name: "CONNACK, new session",
    hex: "20 02 00 00",
    packet: { type: "connack", sessionPresent: false, returnCode: 0 },
  },
  {
    name: "CONNACK, session present",
    hex: "20 02 01 00",
    packet: { type: "connack", sessionPresent: true, returnCode: 0 },
  },
  {
    name: "CONNACK, not authorized",
    hex: "20 02 00 05",
    packet: { type: "connack", sessionPresent: false, returnCode: 5 },
  },
  { name: "PUBLISH at QoS 0", hex: "30 07 0003 612f62 01 02", packet: PUBLISH },
  {
    name: "PUBLISH without a payload, retained",
    hex: "31 05 0003 612f62",
    packet: { ...PUBLISH, payload: hex(""), retain: true },
  },
  {
    name: "PUBLISH at QoS 1",
    hex: "32 09 0003 612f62 000a 01 02",
    packet: { ...PUBLISH, qos: 1, packetId: 10 },
  },
  {
    name: "PUBLISH at QoS 2, DUP and RETAIN, highest packet id, no payload",
    hex: "3d 07 0003 612f62 ffff",
    packet: { ...PUBLISH, qos: 2, dup: true, retain: true, packetId: 65_535, payload: hex("") },
  },
  {
    name: "PUBLISH with 127 bytes of remaining length",
    hex: `30 7f 0003 612f62 ${"61".repeat(122)}`,
    packet: { ...PUBLISH, payload: utf8("a".repeat(122)) },
  },
  {
    name: "PUBLISH with 128 bytes of remaining length",
    hex: `30 8001 0001 61 ${LONG}`,
    packet: { ...PUBLISH, topicName: "a", payload: utf8("a".repeat(125)) },
  },
  {
    name: "PUBLISH with 16,384 bytes of remaining length",
    hex: `30 808001 0001 61 ${"00".repeat(16_381)}`,
    packet: { ...PUBLISH, topicName: "a", payload: new Uint8Array(16_381) },
  },
  {
    name: "PUBLISH whose payload looks like a packet",
    hex: "30 05 0001 61 c000",
    packet: { ...PUBLISH, topicName: "a", payload: hex("c000") },
  },
  {
    name: "PUBLISH with a topic that only a handler can refuse",
    hex: "30 03 0001 23",
    packet: { ...PUBLISH, topicName: "#", payload: hex("") },
  },
  { name: "PUBACK", hex: "40 02 0001", packet: { type: "puback", packetId: 1 } },
  { name: "PUBREC", hex: "50 02 0100", packet: { type: "pubrec", packetId: 256 } },
  { name: "PUBREL", hex: "62 02 ffff", packet: { type: "pubrel", packetId: 65_535 } },
  { name: "PUBCOMP", hex: "70 02 00ff", packet: { type: "pubcomp", packetId: 255 } },
  {
    name: "SUBSCRIBE to one filter",
    hex: "82 06 0001 0001 23 02",
    packet: { type: "subscribe", packetId: 1, subscriptions: [{ topicFilter: "#", qos: 2 }] },
  },
  {
    name: "SUBSCRIBE to three filters, one of them empty",
    hex: "82 11 0102 0003 612f62 01 0000 00 0003 632f2b 02",
    packet: {
      type: "subscribe",
      packetId: 258,
      subscriptions: [
        { topicFilter: "a/b", qos: 1 },
        { topicFilter: "", qos: 0 },
        { topicFilter: "c/+", qos: 2 },
      ],
    },
  },
  {
    name: "SUBACK with every return code",
    hex: "90 06 0001 00 01 02 80",
    packet: { type: "suback", packetId: 1, returnCodes: [0, 1, 2, 0x80] },
  },
  {
    name: "UNSUBSCRIBE from two filters",
    hex: "a2 0a 0001 0003 612f62 0001 23",
    packet: { type: "unsubscribe", packetId: 1, topicFilters: ["a/b", "#"] },
  },
  { name: "UNSUBACK", hex: "b0 02 0001", packet: { type: "unsuback", packetId: 1 } },
  { name: "PINGREQ", hex: "c0 00", packet: { type: "pingreq" } },
  { name: "PINGRESP", hex: "d0 00", packet: { type: "pingresp" } },
  { name: "DISCONNECT", hex: "e0 00", packet: { type: "disconnect" } },
  {
    name: "PINGREQ with a remaining length of 0 in four bytes",
    hex: "c0 80808000",
    packet: { type: "pingreq" },
    canonical: false,
  },
  {
    name: "PUBACK with a remaining length in two bytes",
    hex: "40 8200 0001",
    packet: { type: "puback", packetId: 1 },
    canonical: false,
  },
];

/** Whole PUBLISH packets with one bad topic, for the ill-formed UTF-8 of Unicode's table 3-7. */
const ILL_FORMED: readonly [string, string][] = [
  ["a lone continuation byte", "80"],
  ["a missing continuation byte", "c3"],
  ["an overlong slash in two bytes", "c0af"],
  ["an overlong slash in three bytes", "e080af"],
  ["an overlong slash in four bytes", "f08080af"],
  ["a high surrogate", "eda080"],
  ["a low surrogate", "edbfbf"],
  ["a surrogate pair, each half encoded", "eda080edb080"],
  ["a code point above U+10FFFF", "f4908080"],
  ["a byte that UTF-8 never has", "ff"],
  ["a sequence that the field's end cuts", "61f09fa6"],
];

function badTopic([name, topic]: readonly [string, string]): BadVector {
  const size = topic.length / 2;
  const length = (size + 2).toString(16).padStart(2, "0");
  const prefix = size.toString(16).padStart(4, "0");
  return {
    name: `topic name with ${name}`,
    hex: `30 ${length} ${prefix} ${topic}`,
    statement: "MQTT-1.5.3-1",
  };
}

export const BAD: readonly BadVector[] = [
  ...ILL_FORMED.map(badTopic),
  { name: "topic name with U+0000", hex: "30 05 0003 610062", statement: "MQTT-1.5.3-2" },
  {
    name: "client id with U+0000",
    hex: "10 0d 0004 4d515454 04 02 003c 0001 00",
    statement: "MQTT-1.5.3-2",
  },
  { name: "packet type 0", hex: "00 00", statement: "2.2.1" },
  { name: "packet type 15", hex: "f0 00", statement: "2.2.1" },
  { name: "CONNECT with flags", hex: "11 00", statement: "MQTT-2.2.2-2" },
  { name: "PUBACK with flags", hex: "42 02 0001", statement: "MQTT-2.2.2-2" },
  { name: "PINGREQ with flags", hex: "c1 00", statement: "MQTT-2.2.2-2" },
  { name: "PUBREL without its flags", hex: "60 02 0001", statement: "MQTT-3.6.1-1" },
  { name: "SUBSCRIBE without its flags", hex: "80 06 0001 0001 23 00", statement: "MQTT-3.8.1-1" },
  { name: "SUBSCRIBE with all flags", hex: "8f 06 0001 0001 23 00", statement: "MQTT-3.8.1-1" },
  { name: "UNSUBSCRIBE without its flags", hex: "a0 05 0001 0001 23", statement: "MQTT-3.10.1-1" },
  { name: "DISCONNECT with flags", hex: "e1 00", statement: "MQTT-3.14.1-1" },
  { name: "remaining length of five bytes", hex: "30 ffffffff01", statement: "2.2.3" },
  { name: "remaining length of five bytes, value 0", hex: "c0 8080808000", statement: "2.2.3" },
  {
    name: "packet over the limit",
    hex: "30 ffffff7f",
    statement: "2.2.3",
    error: "ProtocolError",
  },
  {
    name: "CONNECT of another protocol",
    hex: "10 0d 0004 4d515458 04 02 003c 0001 61",
    statement: "MQTT-3.1.2-1",
  },
  {
    name: "CONNECT of a version that is not there yet",
    hex: "10 0e 0004 4d515454 06 02 003c 00 0001 61",
    statement: "MQTT-3.1.2-2",
    error: "UnsupportedProtocolLevelError",
  },
  {
    name: "CONNECT with MQTT 3.1's name and 3.1.1's level",
    hex: "10 0f 0006 4d5149736470 04 02 003c 0001 61",
    statement: "MQTT-3.1.2-2",
    error: "UnsupportedProtocolLevelError",
  },
  {
    name: "CONNECT with the reserved flag",
    hex: "10 0d 0004 4d515454 04 03 003c 0001 61",
    statement: "MQTT-3.1.2-3",
  },
  {
    name: "CONNECT with will QoS but no will",
    hex: "10 0d 0004 4d515454 04 0a 003c 0001 61",
    statement: "MQTT-3.1.2-13",
  },
  {
    name: "CONNECT with will QoS 3",
    hex: "10 13 0004 4d515454 04 1e 003c 0001 61 0001 77 0001 6d",
    statement: "MQTT-3.1.2-14",
  },
  {
    name: "CONNECT with will retain but no will",
    hex: "10 0d 0004 4d515454 04 22 003c 0001 61",
    statement: "MQTT-3.1.2-15",
  },
  {
    name: "CONNECT with a password and no username",
    hex: "10 10 0004 4d515454 04 42 003c 0001 61 0001 70",
    statement: "MQTT-3.1.2-22",
  },
  {
    name: "CONNECT with the username flag and no username",
    hex: "10 0d 0004 4d515454 04 82 003c 0001 61",
    statement: "2.2.3",
  },
  {
    name: "CONNECT with a will flag and no will message",
    hex: "10 10 0004 4d515454 04 06 003c 0001 61 0001 77",
    statement: "2.2.3",
  },
  {
    name: "CONNECT with bytes behind its payload",
    hex: "10 0e 0004 4d515454 04 02 003c 0001 61 00",
    statement: "2.2.3",
  },
  { name: "CONNECT without a body", hex: "10 00", statement: "2.2.3" },
  { name: "CONNACK with reserved flags", hex: "20 02 02 00", statement: "3.2.2.1" },
  { name: "CONNACK with return code 6", hex: "20 02 00 06", statement: "3.2.2.3" },
  { name: "CONNACK, refused, session present", hex: "20 02 01 02", statement: "MQTT-3.2.2-4" },
  { name: "CONNACK of three bytes", hex: "20 03 00 00 00", statement: "2.2.3" },
  { name: "PUBLISH with QoS 3", hex: "36 07 0003 612f62 0001", statement: "MQTT-3.3.1-4" },
  { name: "PUBLISH with DUP at QoS 0", hex: "38 05 0003 612f62", statement: "MQTT-3.3.1-2" },
  { name: "PUBLISH without a topic length", hex: "30 01 00", statement: "2.2.3" },
  { name: "PUBLISH without a body", hex: "30 00", statement: "2.2.3" },
  { name: "PUBLISH whose topic goes beyond its end", hex: "30 05 0004 612f62", statement: "2.2.3" },
  { name: "PUBLISH at QoS 1 without a packet id", hex: "32 05 0003 612f62", statement: "2.2.3" },
  { name: "PUBLISH with half a packet id", hex: "32 06 0003 612f62 00", statement: "2.2.3" },
  { name: "PUBLISH with packet id 0", hex: "32 07 0003 612f62 0000", statement: "MQTT-2.3.1-1" },
  { name: "PUBACK without a packet id", hex: "40 00", statement: "2.2.3" },
  { name: "PUBACK with half a packet id", hex: "40 01 00", statement: "2.2.3" },
  { name: "PUBACK with packet id 0", hex: "40 02 0000", statement: "MQTT-2.3.1-1" },
  { name: "PUBREL of three bytes", hex: "62 03 0001 00", statement: "2.2.3" },
  { name: "SUBSCRIBE with packet id 0", hex: "82 06 0000 0001 23 00", statement: "MQTT-2.3.1-1" },
  { name: "SUBSCRIBE without a filter", hex: "82 02 0001", statement: "MQTT-3.8.3-3" },
  { name: "SUBSCRIBE with QoS 3", hex: "82 06 0001 0001 23 03", statement: "MQTT-3.8.3-4" },
  {
    name: "SUBSCRIBE with a reserved bit beside its QoS",
    hex: "82 06 0001 0001 23 04",
    statement: "MQTT-3.8.3-4",
  },
  { name: "SUBSCRIBE without its last QoS", hex: "82 05 0001 0001 23", statement: "2.2.3" },
  {
    name: "SUBSCRIBE with ill-formed UTF-8",
    hex: "82 06 0001 0001 ff 00",
    statement: "MQTT-1.5.3-1",
  },
  { name: "SUBACK with return code 3", hex: "90 03 0001 03", statement: "MQTT-3.9.3-2" },
  { name: "SUBACK without a return code", hex: "90 02 0001", statement: "MQTT-3.9.3-1" },
  { name: "UNSUBSCRIBE with packet id 0", hex: "a2 05 0000 0001 23", statement: "MQTT-2.3.1-1" },
  { name: "UNSUBSCRIBE without a filter", hex: "a2 02 0001", statement: "MQTT-3.10.3-2" },
  { name: "UNSUBSCRIBE with half a filter", hex: "a2 05 0001 0002 23", statement: "2.2.3" },
  { name: "PINGREQ with a body", hex: "c0 01 00", statement: "2.2.3" },
  { name: "PINGRESP with a body", hex: "d0 01 00", statement: "2.2.3" },
  { name: "DISCONNECT with a body", hex: "e0 01 00", statement: "2.2.3" },
];
