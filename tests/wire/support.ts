/**
 * Reads packets off a stream the way a connection does: the frame first, then the packet in it. Invariant: what the
 * codec throws is passed on as it is.
 */
import { inVersion5 } from "../../lib/wire/errors.ts";
import { FrameCursor } from "../../lib/wire/frame.ts";
import type { Packet, ProtocolLevel } from "../../lib/wire/packets.ts";
import { decodePacket } from "../../lib/wire/codec.ts";

/** The limit that the tests read with, in bytes. */
export const MAX_PACKET_SIZE = 1_048_576;

/** A packet, and the offset behind it. */
export interface Read {
  packet: Packet;
  end: number;
}

/** The packet at `from`; undefined while bytes are missing. */
export function readOne(
  bytes: Uint8Array,
  from = 0,
  to = bytes.length,
  level: ProtocolLevel = 4,
): Read | undefined {
  try {
    const cursor = new FrameCursor();
    if (!cursor.find(bytes, from, to, MAX_PACKET_SIZE)) return undefined;
    return { packet: decodePacket(bytes, cursor, level), end: cursor.end };
  } catch (error) {
    throw level === 5 ? inVersion5(error) : error;
  }
}

/** Every whole packet of the stream; a frame must be longer than nothing and within the stream. */
export function readAll(bytes: Uint8Array, level: ProtocolLevel = 4): Packet[] {
  const packets: Packet[] = [];
  for (let from = 0;;) {
    const read = readOne(bytes, from, bytes.length, level);
    if (read === undefined) return packets;
    if (read.end < from + 2 || read.end > bytes.length) {
      throw new Error(`frame ends at ${read.end}`);
    }
    packets.push(read.packet);
    from = read.end;
  }
}
