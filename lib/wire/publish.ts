/**
 * PUBLISH, section 3.3, read and written without making a packet object: the hot path. Invariant: reads only the
 * frame's own bytes; what it writes is a whole frame of the layout of MQTT 3.1.1.
 */
import { MalformedPacketError } from "./errors.ts";
import { truncated } from "./fixed_header.ts";
import { type FrameCursor, pastVarint, varintSize, writeVarint } from "./frame.ts";
import type { QoS } from "./packets.ts";
import { checkRemainingLength, Writer } from "./writer.ts";

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
  /** MQTT 5: where the properties begin, behind their length; they end where the payload begins. */
  propertiesStart = 0;
}

/**
 * Reads a PUBLISH's layout into `fields`. The topic's bytes are not looked at: a caller that has not seen the same
 * bytes before validates them.
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

/** The first byte of a PUBLISH. */
export function publishHeader(qos: QoS, retain: boolean, dup: boolean): number {
  return 0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0);
}

/** The size of a whole PUBLISH, bytes. */
export function sizeOfPublish(qos: QoS, topicLength: number, payloadLength: number): number {
  const remaining = 2 + topicLength + (qos > 0 ? 2 : 0) + payloadLength;
  return 1 + varintSize(remaining) + remaining;
}

/** A whole PUBLISH from ready parts; the packet id is written when the header's QoS is above 0. */
export function encodePublishFrame(
  header: number,
  topic: Uint8Array,
  packetId: number,
  payload: Uint8Array,
): Uint8Array {
  const withId = (header & 6) !== 0;
  const writer = new Writer(header, 2 + topic.length + (withId ? 2 : 0) + payload.length);
  writer.prefixed(topic);
  if (withId) writer.uint16(packetId);
  writer.raw(payload);
  return writer.bytes;
}

/** The part of a PUBLISH frame before its payload, for payloads that are sent by reference. */
export function encodePublishHead(
  header: number,
  topic: Uint8Array,
  packetId: number,
  payloadLength: number,
): Uint8Array {
  const withId = (header & 6) !== 0;
  const head = 2 + topic.length + (withId ? 2 : 0);
  const remaining = head + payloadLength;
  checkRemainingLength(remaining);
  const bytes = new Uint8Array(1 + varintSize(remaining) + head);
  bytes[0] = header;
  let at = writeVarint(bytes, 1, remaining);
  bytes[at++] = topic.length >> 8;
  bytes[at++] = topic.length & 0xff;
  bytes.set(topic, at);
  at += topic.length;
  if (withId) {
    bytes[at++] = packetId >> 8;
    bytes[at] = packetId & 0xff;
  }
  return bytes;
}

/** Where the packet id stands in a PUBLISH above QoS 0 that begins at `start`: behind fixed header and topic name. */
export function packetIdOffset(bytes: Uint8Array, topicLength: number, start = 0): number {
  return pastVarint(bytes, start + 1) + 2 + topicLength;
}
