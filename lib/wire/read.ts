/**
 * The hot packets, read without making an object: PUBLISH and the acknowledgements. Called by the broker's and
 * the client's handlers with the frame in the read buffer. Invariant: reads only the frame's own bytes.
 */
import { MalformedPacketError } from "./errors.ts";
import { badHeader, FIXED_HEADERS, truncated } from "./fixed_header.ts";
import type { FrameCursor } from "./frame.ts";
import type { QoS } from "./packets.ts";

/**
 * The packet id of a PUBACK, PUBREC, PUBREL or PUBCOMP, without making an object.
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

/** The places of a PUBLISH's parts in its buffer; one per connection, reused. */
export class PublishFields {
  qos: QoS = 0;
  retain = false;
  dup = false;
  topicStart = 0;
  topicEnd = 0;
  /** 0 at QoS 0. */
  packetId = 0;
  payloadStart = 0;
}

/**
 * Reads a PUBLISH's layout into `fields` without making an object. The topic's bytes are not looked
 * at: whoever has not seen the same bytes before validates them.
 * @throws MalformedPacketError for QoS 3, DUP at QoS 0, packet id 0, a topic beyond the end
 */
export function readPublish(bytes: Uint8Array, cursor: FrameCursor, fields: PublishFields): void {
  const header = cursor.header;
  const qos = (header >> 1) & 3;
  if (qos === 3) throw new MalformedPacketError("PUBLISH with QoS 3", "MQTT-3.3.1-4");
  const dup = (header & 8) !== 0;
  if (dup && qos === 0) throw new MalformedPacketError("DUP at QoS 0", "MQTT-3.3.1-2");
  const topicStart = cursor.bodyStart + 2;
  if (topicStart > cursor.end) throw truncated("topic name");
  const topicEnd = topicStart + ((bytes[topicStart - 2]! << 8) | bytes[topicStart - 1]!);
  const payloadStart = qos === 0 ? topicEnd : topicEnd + 2;
  if (payloadStart > cursor.end) {
    throw truncated(topicEnd > cursor.end ? "topic name" : "packet id");
  }
  let packetId = 0;
  if (qos !== 0) {
    packetId = (bytes[topicEnd]! << 8) | bytes[topicEnd + 1]!;
    if (packetId === 0) throw new MalformedPacketError("packet id is 0", "MQTT-2.3.1-1");
  }
  fields.qos = qos as QoS;
  fields.retain = (header & 1) !== 0;
  fields.dup = dup;
  fields.topicStart = topicStart;
  fields.topicEnd = topicEnd;
  fields.packetId = packetId;
  fields.payloadStart = payloadStart;
}
