/** Which reason codes each packet of MQTT 5.0 may carry, section 2.4. Invariant: no packet has another one. */
import type { ReasonCode } from "../codes.ts";
import { ProtocolError } from "../errors.ts";

/** The packets that carry reason codes. */
export type CodedPacket =
  | "connack"
  | "puback"
  | "pubrec"
  | "pubrel"
  | "pubcomp"
  | "suback"
  | "unsuback"
  | "disconnect"
  | "auth";

/** What an acknowledged PUBLISH may have come to. */
const PUBLISHED = [
  0x00,
  0x10,
  0x80,
  0x83,
  0x87,
  0x90,
  0x91,
  0x97,
  0x99,
];
const RELEASED = [0x00, 0x92];

const CODES: Readonly<Record<CodedPacket, ReadonlySet<number>>> = {
  // deno-fmt-ignore: a row is a packet
  connack: new Set([0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9f]),
  puback: new Set(PUBLISHED),
  pubrec: new Set(PUBLISHED),
  pubrel: new Set(RELEASED),
  pubcomp: new Set(RELEASED),
  suback: new Set([0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2]),
  unsuback: new Set([0x00, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91]),
  // deno-fmt-ignore: a row is a packet
  disconnect: new Set([0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2]),
  auth: new Set([0x00, 0x18, 0x19]),
};

/** May this packet carry this code? */
export function hasReasonCode(packet: CodedPacket, code: number): code is ReasonCode {
  return CODES[packet].has(code);
}

/** What forbids another code. */
const STATEMENTS: Readonly<Record<CodedPacket, string>> = {
  connack: "MQTT-3.2.2-8",
  puback: "MQTT-3.4.2-1",
  pubrec: "MQTT-3.5.2-1",
  pubrel: "MQTT-3.6.2-1",
  pubcomp: "MQTT-3.7.2-1",
  suback: "MQTT-3.9.3-2",
  unsuback: "MQTT-3.11.3-2",
  disconnect: "MQTT-3.14.2-1",
  auth: "MQTT-3.15.2-1",
};

/** @throws ProtocolError for a code that the packet cannot carry */
export function checkReasonCode(packet: CodedPacket, code: number): ReasonCode {
  if (hasReasonCode(packet, code)) return code;
  throw new ProtocolError(
    `${packet} with reason code 0x${code.toString(16).padStart(2, "0")}`,
    STATEMENTS[packet],
  );
}

/** @throws RangeError for a code that the packet cannot carry */
export function checkReasonCodeToSend(packet: CodedPacket, code: number): ReasonCode {
  if (hasReasonCode(packet, code)) return code;
  throw new RangeError(`${packet} has no reason code 0x${code.toString(16).padStart(2, "0")}`);
}
