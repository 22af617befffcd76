/**
 * What the first byte of a packet may be, and the errors that several readers share. Used by decode.ts and
 * read.ts. Invariant: every type but PUBLISH has one form of first byte, section 2.2.2.
 */
import { MalformedPacketError } from "./errors.ts";
import { PacketType } from "./packets.ts";

/** Type and flags of the packets that have one form of fixed header, section 2.2.2. */
export const FIXED_HEADERS: Readonly<Record<number, string>> = {
  0x10: "connect",
  0x20: "connack",
  0x40: "puback",
  0x50: "pubrec",
  0x62: "pubrel",
  0x70: "pubcomp",
  0x82: "subscribe",
  0x90: "suback",
  0xa2: "unsubscribe",
  0xb0: "unsuback",
  0xc0: "pingreq",
  0xd0: "pingresp",
  0xe0: "disconnect",
};

/** The error for a first byte that no packet has. */
export function badHeader(header: number): MalformedPacketError {
  const type = header >> 4;
  return type === 0 || type === 15
    ? new MalformedPacketError(`packet type ${type} is reserved`, "2.2.1")
    : new MalformedPacketError(
      `packet type ${type} with flags ${header & 15}`,
      type === PacketType.PUBREL
        ? "MQTT-3.6.1-1"
        : type === PacketType.SUBSCRIBE
        ? "MQTT-3.8.1-1"
        : type === PacketType.UNSUBSCRIBE
        ? "MQTT-3.10.1-1"
        : type === PacketType.DISCONNECT
        ? "MQTT-3.14.1-1"
        : "MQTT-2.2.2-2",
    );
}

/** The error for a packet that ends too early. */
export function truncated(what: string): MalformedPacketError {
  return new MalformedPacketError(`packet ends within ${what}`, "2.2.3");
}
