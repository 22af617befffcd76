/** Reason codes by packet: table 2-6, and the tables of the packets, row by row. */
import { assertEquals, assertThrows } from "@std/assert";
import { encodePacket } from "../../../lib/wire/codec.ts";
import { ProtocolError } from "../../../lib/wire/errors.ts";
import type { Packet } from "../../../lib/wire/packets.ts";
import { hex } from "../../support/raw_packets.ts";
import { readOne } from "../support.ts";

/** Each packet that has a code, with what forbids others; the code stands where `??` is. */
const PACKETS: Readonly<Record<string, readonly [bytes: string, statement: string]>> = {
  CONNACK: ["20 03 00 ?? 00", "MQTT-3.2.2-8"],
  PUBACK: ["40 04 0001 ?? 00", "MQTT-3.4.2-1"],
  PUBREC: ["50 04 0001 ?? 00", "MQTT-3.5.2-1"],
  PUBREL: ["62 04 0001 ?? 00", "MQTT-3.6.2-1"],
  PUBCOMP: ["70 04 0001 ?? 00", "MQTT-3.7.2-1"],
  SUBACK: ["90 04 0001 00 ??", "MQTT-3.9.3-2"],
  UNSUBACK: ["b0 04 0001 00 ??", "MQTT-3.11.3-2"],
  DISCONNECT: ["e0 02 ?? 00", "MQTT-3.14.2-1"],
  AUTH: ["f0 02 ?? 00", "MQTT-3.15.2-1"],
};

const EVERY_ANSWER = "CONNACK PUBACK PUBREC SUBACK UNSUBACK DISCONNECT";

/** Which packets each code may stand in. */
const CODES: readonly (readonly [code: string, packets: string])[] = [
  ["00", Object.keys(PACKETS).join(" ")],
  ["01", "SUBACK"],
  ["02", "SUBACK"],
  ["04", "DISCONNECT"],
  ["10", "PUBACK PUBREC"],
  ["11", "UNSUBACK"],
  ["18", "AUTH"],
  ["19", "AUTH"],
  ["80", EVERY_ANSWER],
  ["81", "CONNACK DISCONNECT"],
  ["82", "CONNACK DISCONNECT"],
  ["83", EVERY_ANSWER],
  ["84", "CONNACK"],
  ["85", "CONNACK"],
  ["86", "CONNACK"],
  ["87", EVERY_ANSWER],
  ["88", "CONNACK"],
  ["89", "CONNACK DISCONNECT"],
  ["8a", "CONNACK"],
  ["8b", "DISCONNECT"],
  ["8c", "CONNACK DISCONNECT"],
  ["8d", "DISCONNECT"],
  ["8e", "DISCONNECT"],
  ["8f", "SUBACK UNSUBACK DISCONNECT"],
  ["90", "CONNACK PUBACK PUBREC DISCONNECT"],
  ["91", "PUBACK PUBREC SUBACK UNSUBACK"],
  ["92", "PUBREL PUBCOMP"],
  ["93", "DISCONNECT"],
  ["94", "DISCONNECT"],
  ["95", "CONNACK DISCONNECT"],
  ["96", "DISCONNECT"],
  ["97", "CONNACK PUBACK PUBREC SUBACK DISCONNECT"],
  ["98", "DISCONNECT"],
  ["99", "CONNACK PUBACK PUBREC DISCONNECT"],
  ["9a", "CONNACK DISCONNECT"],
  ["9b", "CONNACK DISCONNECT"],
  ["9c", "CONNACK DISCONNECT"],
  ["9d", "CONNACK DISCONNECT"],
  ["9e", "SUBACK DISCONNECT"],
  ["9f", "CONNACK DISCONNECT"],
  ["a0", "DISCONNECT"],
  ["a1", "SUBACK DISCONNECT"],
  ["a2", "SUBACK DISCONNECT"],
];

for (const [name, [bytes, statement]] of Object.entries(PACKETS)) {
  Deno.test(`${name} has its reason codes and no others [${statement}]`, () => {
    const known = new Map(CODES);
    const zero = readOne(hex(bytes.replace("??", "00")), 0, undefined, 5)!.packet;
    for (let code = 0; code < 256; code++) {
      const digits = code.toString(16).padStart(2, "0");
      const frame = hex(bytes.replace("??", digits));
      if (known.get(digits)?.split(" ").includes(name)) {
        const { packet } = readOne(frame, 0, undefined, 5)!;
        assertEquals(readOne(encodePacket(packet, 5), 0, undefined, 5)?.packet, packet);
        assertEquals(codeOf(packet), code);
      } else {
        const error = assertThrows(() => readOne(frame, 0, undefined, 5), ProtocolError);
        assertEquals([digits, error.statement, error.code], [digits, statement, 0x82]);
        assertThrows(() => encodePacket(withCode(zero, code), 5), RangeError, `no reason code`);
      }
    }
  });
}

function codeOf(packet: Packet): number | undefined {
  if (packet.type === "suback") return packet.returnCodes[0];
  if (packet.type === "unsuback") return packet.reasonCodes?.[0];
  return "reasonCode" in packet ? packet.reasonCode : undefined;
}

/** The packet with a code that its type does not allow. */
function withCode(packet: Packet, code: number): Packet {
  const codes = { reasonCode: code, returnCodes: [code], reasonCodes: [code] };
  return { ...packet, ...codes } as unknown as Packet;
}
