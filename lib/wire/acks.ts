/**
 * Acknowledgements of four bytes: type and packet id, read without making an object. Invariant: reads only the
 * frame's own bytes.
 */
import { MalformedPacketError } from "./errors.ts";
import { badHeader, FIXED_HEADERS } from "./fixed_header.ts";
import type { FrameCursor } from "./frame.ts";

/**
 * The packet id of a PUBACK, PUBREC, PUBREL or PUBCOMP.
 * @throws MalformedPacketError for wrong flags or length, and for id 0
 */
export function readPacketId(bytes: Uint8Array, cursor: FrameCursor): number {
  const { header, bodyStart, end } = cursor;
  if (FIXED_HEADERS[header] === undefined) throw badHeader(header);
  if (end - bodyStart !== 2) {
    throw new MalformedPacketError(`acknowledgement with ${end - bodyStart} bytes`, "2.2.3");
  }
  const id = (bytes[bodyStart]! << 8) | bytes[bodyStart + 1]!;
  if (id === 0) throw new MalformedPacketError("packet id is 0", "MQTT-2.3.1-1");
  return id;
}
