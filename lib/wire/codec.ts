/**
 * The one face of all protocol versions: bytes to packets and back. Invariants: the version of a CONNECT is read from
 * the packet itself, that of any other packet is its connection's; byte fields of a decoded packet are borrowed
 * views into the buffer.
 */
import { inVersion5, MalformedPacketError, UnsupportedProtocolLevelError } from "./errors.ts";
import { badHeader, Header } from "./fixed_header.ts";
import type { FrameCursor } from "./frame.ts";
import { type ConnectPacket, type Packet, PacketType, type ProtocolLevel } from "./packets.ts";
import { Reader } from "./reader.ts";
import { decodeConnectV4, decodeV4 } from "./v4/decode.ts";
import { encodeV3 } from "./v3/differences.ts";
import { encodeV4 } from "./v4/encode.ts";
import { decodeConnectV5, decodeV5 } from "./v5/decode.ts";
import { encodeV5 } from "./v5/encode.ts";

/** The packets of one protocol version. */
interface Codec {
  /** The rest of a CONNECT, behind its protocol level. */
  decodeConnect(reader: Reader, level: ProtocolLevel): ConnectPacket;
  decode(bytes: Uint8Array, cursor: FrameCursor): Packet;
  encode(packet: Packet): Uint8Array;
}

const V4: Codec = { decodeConnect: decodeConnectV4, decode: decodeV4, encode: encodeV4 };
/** MQTT 3.1 has the layouts of 3.1.1. */
const V3: Codec = { ...V4, encode: encodeV3 };
const V5: Codec = { decodeConnect: decodeConnectV5, decode: decodeV5, encode: encodeV5 };
const CODECS: Readonly<Record<ProtocolLevel, Codec>> = { 3: V3, 4: V4, 5: V5 };

/** Name and level of each protocol that is served, section 3.1.2. */
const LEVELS: Readonly<Record<string, readonly ProtocolLevel[]>> = { MQIsdp: [3], MQTT: [4, 5] };
/** Set in the level by bridges, as mosquitto and others do; no standard says so. */
const BRIDGE = 0x80;

/**
 * Decodes the frame that `cursor` points at.
 * @param level that of the frame's connection; a CONNECT says its own
 * @throws MalformedPacketError when the bytes are no packet
 * @throws UnsupportedProtocolLevelError for a CONNECT of a level that is not served
 */
export function decodePacket(
  bytes: Uint8Array,
  cursor: FrameCursor,
  level: ProtocolLevel = 4,
): Packet {
  if (cursor.header >> 4 === PacketType.CONNECT) return decodeConnect(bytes, cursor);
  return CODECS[level].decode(bytes, cursor);
}

/**
 * Decodes the CONNECT that `cursor` points at.
 * @throws what decodePacket throws
 */
export function decodeConnect(bytes: Uint8Array, cursor: FrameCursor): ConnectPacket {
  if (cursor.header !== Header.CONNECT) throw badHeader(cursor.header);
  const reader = new Reader(bytes, cursor.bodyStart, cursor.end);
  const name = reader.string("protocol name");
  const levels = Object.hasOwn(LEVELS, name) ? LEVELS[name] : undefined;
  if (levels === undefined) {
    throw new MalformedPacketError("protocol name is not MQTT", "MQTT-3.1.2-1");
  }
  const asked = reader.byte("protocol level");
  const level = levels.find((one) => one === asked || (one < 5 && (one | BRIDGE) === asked));
  if (level === undefined) {
    throw new UnsupportedProtocolLevelError(asked, clientIdOf(reader, asked & ~BRIDGE));
  }
  const packet = decodeBody(reader, level);
  if (asked !== level) packet.isBridge = true;
  return packet;
}

function decodeBody(reader: Reader, level: ProtocolLevel): ConnectPacket {
  try {
    const packet = CODECS[level].decodeConnect(reader, level);
    reader.finish("connect");
    return packet;
  } catch (error) {
    throw level === 5 ? inVersion5(error) : error;
  }
}

/**
 * Encodes a packet.
 * @param level that of the connection it leaves on; a CONNECT says its own
 * @throws RangeError for what does not fit or the decoders would refuse: long strings, packet ids out of
 *   1..65535, QoS 3, lists without an item, too many bytes
 */
export function encodePacket(packet: Packet, level: ProtocolLevel = 4): Uint8Array {
  const version = packet.type === "connect" ? packet.protocolLevel : level;
  return CODECS[version].encode(packet);
}

/** The client id of a CONNECT whose level is not served, where the versions that are known have it. */
function clientIdOf(reader: Reader, level: number): string | undefined {
  try {
    reader.skip(3, "flags and keep alive");
    if (level >= 5) reader.skip(reader.varint("property length"), "properties");
    return reader.string("client id");
  } catch (error) {
    if (error instanceof MalformedPacketError) return undefined; // another layout
    throw error;
  }
}
