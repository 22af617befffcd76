/**
 * Bytes that are no packet of MQTT 5, with what forbids them. Invariant: which of them are Malformed Packets and which
 * Protocol Errors is as the standard's words have it, and where it has none, as section 1.2 defines the two.
 */
import type { BadVector } from "../vectors.ts";

/** Whole PUBLISH packets with one bad topic, for the ill-formed UTF-8 of Unicode's table 3-7. */
const ILL_FORMED: readonly [string, string][] = [
  ["a lone continuation byte", "80"],
  ["a missing continuation byte", "c3"],
  ["an overlong slash in two bytes", "c0af"],
  ["an overlong slash in three bytes", "e080af"],
  ["a high surrogate", "eda080"],
  ["a low surrogate", "edbfbf"],
  ["a code point above U+10FFFF", "f4908080"],
  ["a byte that UTF-8 never has", "ff"],
  ["a sequence that the field's end cuts", "61f09fa6"],
];

/** Each place of a string that is not a property, with its one byte as `??`. */
const STRINGS: readonly [string, string][] = [
  ["client id", "10 0e 0004 4d515454 05 02 003c 00 0001 ??"],
  ["will topic", "10 15 0004 4d515454 05 06 003c 00 0001 61 00 0001 ?? 0001 6d"],
  ["username", "10 11 0004 4d515454 05 82 003c 00 0001 61 0001 ??"],
  ["topic name", "30 04 0001 ?? 00"],
  ["topic filter of SUBSCRIBE", "82 07 0001 00 0001 ?? 00"],
  ["topic filter of UNSUBSCRIBE", "a2 06 0001 00 0001 ??"],
];

const TEXTS: readonly BadVector[] = [
  ...ILL_FORMED.map(([name, topic]): BadVector => {
    const size = topic.length / 2;
    return {
      name: `topic name with ${name}`,
      hex: `30 0${size + 3} 000${size} ${topic} 00`,
      statement: "MQTT-1.5.4-1",
    };
  }),
  ...STRINGS.flatMap(([name, hex]): BadVector[] => [
    { name: `${name} with U+0000`, hex: hex.replace("??", "00"), statement: "MQTT-1.5.4-2" },
    { name: `${name} that is no UTF-8`, hex: hex.replace("??", "ff"), statement: "MQTT-1.5.4-1" },
  ]),
];

/** The flags of a first byte that each type does not have, section 2.1.3. */
const FLAGS: readonly BadVector[] = ([
  ["CONNACK", "2", 0, "03 00 00 00", "MQTT-2.1.3-1"],
  ["PUBACK", "4", 0, "02 0001", "MQTT-2.1.3-1"],
  ["PUBREC", "5", 0, "02 0001", "MQTT-2.1.3-1"],
  ["PUBREL", "6", 2, "02 0001", "MQTT-3.6.1-1"],
  ["PUBCOMP", "7", 0, "02 0001", "MQTT-2.1.3-1"],
  ["SUBSCRIBE", "8", 2, "07 0001 00 0001 23 00", "MQTT-3.8.1-1"],
  ["SUBACK", "9", 0, "04 0001 00 00", "MQTT-2.1.3-1"],
  ["UNSUBSCRIBE", "a", 2, "06 0001 00 0001 23", "MQTT-3.10.1-1"],
  ["UNSUBACK", "b", 0, "04 0001 00 00", "MQTT-2.1.3-1"],
  ["PINGREQ", "c", 0, "00", "MQTT-2.1.3-1"],
  ["PINGRESP", "d", 0, "00", "MQTT-2.1.3-1"],
  ["DISCONNECT", "e", 0, "00", "MQTT-3.14.1-1"],
  ["AUTH", "f", 0, "00", "MQTT-3.15.1-1"],
] as const).flatMap(([name, type, right, rest, statement]) =>
  Array.from({ length: 16 }, (_, flags) => flags).filter((flags) => flags !== right)
    .map((flags): BadVector => ({
      name: `${name} with flags ${flags}`,
      hex: `${type}${flags.toString(16)} ${rest}`,
      statement,
    }))
);

const LENGTHS: readonly BadVector[] = [
  { name: "packet type 0", hex: "00 00", statement: "2.1.2" },
  { name: "remaining length of five bytes", hex: "30 ffffffff01", statement: "2.1.4" },
  { name: "PINGREQ's length in two bytes", hex: "c0 8000", statement: "MQTT-1.5.5-1" },
  { name: "PINGREQ's length in four bytes", hex: "c0 80808000", statement: "MQTT-1.5.5-1" },
  { name: "PUBACK's length in two bytes", hex: "40 8200 0001", statement: "MQTT-1.5.5-1" },
  {
    name: "PUBLISH's length in three bytes",
    hex: "30 848000 0001 61 00",
    statement: "MQTT-1.5.5-1",
  },
  {
    name: "packet over the limit",
    hex: "30 ffffff7f",
    statement: "2.1.4",
    error: "ProtocolError",
    code: 0x95,
  },
  { name: "CONNACK without a property length", hex: "20 02 00 00", statement: "2.1.4" },
  { name: "CONNACK with a byte too many", hex: "20 04 00 00 00 00", statement: "2.1.4" },
  { name: "PUBLISH without a property length", hex: "30 05 0003 612f62", statement: "2.1.4" },
  { name: "PUBLISH whose topic goes beyond its end", hex: "30 04 0003 6162", statement: "2.1.4" },
  { name: "PUBLISH without a topic length", hex: "30 01 00", statement: "2.1.4" },
  { name: "PUBLISH with half a packet id", hex: "32 06 0003 612f62 00", statement: "2.1.4" },
  {
    name: "PUBLISH whose properties go beyond its end",
    hex: "30 08 0001 61 05 26 0001 61",
    statement: "2.1.4",
  },
  { name: "PUBACK with half a packet id", hex: "40 01 00", statement: "2.1.4" },
  { name: "PUBACK with a byte too many", hex: "40 05 0001 00 00 00", statement: "2.1.4" },
  { name: "PUBREL whose properties go beyond it", hex: "62 04 0001 00 01", statement: "2.1.4" },
  { name: "SUBSCRIBE without a property length", hex: "82 02 0001", statement: "2.1.4" },
  { name: "SUBSCRIBE without its last options", hex: "82 06 0001 00 0001 23", statement: "2.1.4" },
  { name: "UNSUBSCRIBE with half a filter", hex: "a2 06 0001 00 0002 23", statement: "2.1.4" },
  { name: "SUBACK without a property length", hex: "90 02 0001", statement: "2.1.4" },
  { name: "PINGREQ with a body", hex: "c0 01 00", statement: "2.1.4" },
  { name: "PINGRESP with a body", hex: "d0 01 00", statement: "2.1.4" },
  { name: "DISCONNECT with a byte too many", hex: "e0 03 00 00 00", statement: "2.1.4" },
  { name: "AUTH with a code and no property length", hex: "f0 01 18", statement: "2.1.4" },
  { name: "AUTH with a byte too many", hex: "f0 03 00 00 00", statement: "2.1.4" },
];

const CONNECTS: readonly BadVector[] = [
  { name: "CONNECT with flags", hex: "11 00", statement: "MQTT-2.1.3-1" },
  {
    name: "CONNECT of MQTT 3.1's name and level 5",
    hex: "10 10 0006 4d5149736470 05 02 003c 00 0001 61",
    statement: "MQTT-3.1.2-2",
    error: "UnsupportedProtocolLevelError",
    code: 0x84,
  },
  {
    name: "CONNECT of a bridge, which MQTT 5 has no level for",
    hex: "10 0e 0004 4d515454 85 02 003c 00 0001 61",
    statement: "MQTT-3.1.2-2",
    error: "UnsupportedProtocolLevelError",
    code: 0x84,
  },
  {
    name: "CONNECT with the reserved flag",
    hex: "10 0e 0004 4d515454 05 03 003c 00 0001 61",
    statement: "MQTT-3.1.2-3",
  },
  {
    name: "CONNECT with will QoS but no will",
    hex: "10 0e 0004 4d515454 05 0a 003c 00 0001 61",
    statement: "MQTT-3.1.2-11",
  },
  {
    name: "CONNECT with will QoS 3",
    hex: "10 15 0004 4d515454 05 1e 003c 00 0001 61 00 0001 77 0001 6d",
    statement: "MQTT-3.1.2-12",
  },
  {
    name: "CONNECT with will retain but no will",
    hex: "10 0e 0004 4d515454 05 22 003c 00 0001 61",
    statement: "MQTT-3.1.2-13",
  },
  {
    name: "CONNECT with the username flag and no username",
    hex: "10 0e 0004 4d515454 05 82 003c 00 0001 61",
    statement: "2.1.4",
  },
  {
    name: "CONNECT with a will flag and no will payload",
    hex: "10 12 0004 4d515454 05 06 003c 00 0001 61 00 0001 77",
    statement: "2.1.4",
  },
  {
    name: "CONNECT without a property length",
    hex: "10 0a 0004 4d515454 05 02 003c",
    statement: "2.1.4",
  },
  {
    name: "CONNECT whose property length needs no second byte",
    hex: "10 0f 0004 4d515454 05 02 003c 8000 0001 61",
    statement: "MQTT-1.5.5-1",
  },
  {
    name: "CONNECT whose property length has five bytes",
    hex: "10 12 0004 4d515454 05 02 003c ffffffff01 0001 61",
    statement: "MQTT-1.5.5-1",
  },
  {
    name: "CONNECT with bytes behind its payload",
    hex: "10 0f 0004 4d515454 05 02 003c 00 0001 61 00",
    statement: "2.1.4",
  },
  {
    name: "CONNECT in the layout of 3.1.1",
    hex: "10 0d 0004 4d515454 05 02 003c 0001 61",
    statement: "2.1.4",
  },
];

const FIELDS: readonly BadVector[] = [
  { name: "CONNACK with reserved flags", hex: "20 03 02 00 00", statement: "MQTT-3.2.2-1" },
  {
    name: "CONNACK, refused, session present",
    hex: "20 03 01 87 00",
    statement: "MQTT-3.2.2-6",
  },
  { name: "PUBLISH with QoS 3", hex: "36 08 0003 612f62 0001 00", statement: "MQTT-3.3.1-4" },
  { name: "PUBLISH with DUP at QoS 0", hex: "38 06 0003 612f62 00", statement: "MQTT-3.3.1-2" },
  { name: "PUBLISH with packet id 0", hex: "32 06 0001 61 0000 00", statement: "MQTT-2.2.1-3" },
  ...["40", "50", "62", "70"].map((header): BadVector => ({
    name: `acknowledgement ${header} with packet id 0`,
    hex: `${header} 02 0000`,
    statement: "MQTT-2.2.1-3",
  })),
  {
    name: "SUBSCRIBE with packet id 0",
    hex: "82 07 0000 00 0001 23 00",
    statement: "MQTT-2.2.1-3",
  },
  { name: "SUBACK with packet id 0", hex: "90 04 0000 00 00", statement: "MQTT-2.2.1-3" },
  { name: "UNSUBSCRIBE with packet id 0", hex: "a2 06 0000 00 0001 23", statement: "MQTT-2.2.1-3" },
  { name: "UNSUBACK with packet id 0", hex: "b0 04 0000 00 00", statement: "MQTT-2.2.1-3" },
  {
    name: "SUBSCRIBE without a filter",
    hex: "82 03 0001 00",
    statement: "MQTT-3.8.3-2",
    error: "ProtocolError",
    code: 0x82,
  },
  {
    name: "SUBSCRIBE with QoS 3",
    hex: "82 07 0001 00 0001 23 03",
    statement: "3.8.3.1",
    error: "ProtocolError",
    code: 0x82,
  },
  {
    name: "SUBSCRIBE with retain handling 3",
    hex: "82 07 0001 00 0001 23 30",
    statement: "3.8.3.1",
    error: "ProtocolError",
    code: 0x82,
  },
  {
    name: "SUBSCRIBE with the lower reserved bit",
    hex: "82 07 0001 00 0001 23 40",
    statement: "MQTT-3.8.3-5",
  },
  {
    name: "SUBSCRIBE with the upper reserved bit",
    hex: "82 07 0001 00 0001 23 80",
    statement: "MQTT-3.8.3-5",
  },
  { name: "SUBACK without a code", hex: "90 03 0001 00", statement: "MQTT-3.8.4-6" },
  {
    name: "UNSUBSCRIBE without a filter",
    hex: "a2 03 0001 00",
    statement: "MQTT-3.10.3-2",
    error: "ProtocolError",
    code: 0x82,
  },
  { name: "UNSUBACK without a code", hex: "b0 03 0001 00", statement: "MQTT-3.11.3-1" },
];

/** Bytes that must be refused. */
export const BAD: readonly BadVector[] = [
  ...TEXTS,
  ...FLAGS,
  ...LENGTHS,
  ...CONNECTS,
  ...FIELDS,
];
