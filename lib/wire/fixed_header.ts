/**
 * The first byte of every packet but PUBLISH, section 2.2: type and flags in one form each. Invariant: a byte that
 * is not in the table is no packet's.
 */
import { MalformedPacketError } from "./errors.ts";
import { PacketType } from "./packets.ts";

/** First bytes by packet type. */
export const Header = {
  CONNECT: 0x10,
  CONNACK: 0x20,
  PUBACK: 0x40,
  PUBREC: 0x50,
  PUBREL: 0x62,
  PUBCOMP: 0x70,
  SUBSCRIBE: 0x82,
  SUBACK: 0x90,
  UNSUBSCRIBE: 0xa2,
  UNSUBACK: 0xb0,
  PINGREQ: 0xc0,
  PINGRESP: 0xd0,
  DISCONNECT: 0xe0,
  AUTH: 0xf0,
} as const;

/** A packet type's name in lower case, by first byte. */
export const FIXED_HEADERS: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(Header).map(([name, header]) => [header, name.toLowerCase()]),
);

/** The flags of these types have a statement of their own. */
const FLAG_STATEMENTS: Readonly<Record<number, string>> = {
  [PacketType.PUBREL]: "MQTT-3.6.1-1",
  [PacketType.SUBSCRIBE]: "MQTT-3.8.1-1",
  [PacketType.UNSUBSCRIBE]: "MQTT-3.10.1-1",
  [PacketType.DISCONNECT]: "MQTT-3.14.1-1",
};

/** The error for a first byte that no packet has. */
export function badHeader(header: number): MalformedPacketError {
  const type = header >> 4;
  if (type === 0 || type === 15) {
    return new MalformedPacketError(`packet type ${type} is reserved`, "2.2.1");
  }
  const statement = FLAG_STATEMENTS[type] ?? "MQTT-2.2.2-2";
  return new MalformedPacketError(`packet type ${type} with flags ${header & 15}`, statement);
}

/** The error for a packet that ends too early. */
export function truncated(what: string): MalformedPacketError {
  return new MalformedPacketError(`packet ends within ${what}`, "2.2.3");
}
