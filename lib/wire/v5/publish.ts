/**
 * PUBLISH of MQTT 5, read and written without making a packet object: the hot path. Invariants: reads only the frame's
 * own bytes; a topic alias stands in front of all other properties, so that it can be put in place.
 */
import { truncated } from "../fixed_header.ts";
import { type FrameCursor, pastVarint, varintSize } from "../frame.ts";
import type { MessageProperties } from "../message_properties.ts";
import { type PublishFields, readPublish } from "../publish.ts";
import { Reader } from "../reader.ts";
import { Writer } from "../writer.ts";
import { checkRemainingLength } from "./decode.ts";

/**
 * Reads the layout of a PUBLISH of MQTT 5 into `fields`; neither the topic's bytes nor the properties are looked at.
 * @throws MalformedPacketError for what `readPublish` refuses, and for properties beyond the end
 */
export function readPublishV5(bytes: Uint8Array, cursor: FrameCursor, fields: PublishFields): void {
  checkRemainingLength(bytes, cursor);
  readPublish(bytes, cursor, fields);
  const at = fields.payloadStart;
  if (at >= cursor.end) throw truncated("property length");
  if (bytes[at] === 0) {
    fields.propertiesStart = fields.payloadStart = at + 1;
    return;
  }
  const reader = new Reader(bytes, at, cursor.end);
  const length = reader.varint("property length");
  fields.propertiesStart = reader.at;
  reader.skip(length, "properties");
  fields.payloadStart = reader.at;
}

/** Where the value of the first property stands, behind the property length that begins at `at`. */
export function firstValueOffset(bytes: Uint8Array, at: number): number {
  return pastVarint(bytes, at) + 1;
}

/** What is the matter of one receiver, beside the message's own properties. */
export interface HopProperties {
  /** Seconds that are left; undefined: it does not expire. */
  readonly expiry: number | undefined;
  readonly identifiers: readonly number[] | undefined;
  /** 0: none. */
  readonly topicAlias: number;
}

/** How many bytes the properties take, their length in front not counted. */
function lengthOf(properties: MessageProperties | undefined, hop: HopProperties): number {
  let length = properties === undefined ? 0 : properties.bytes.length;
  if (hop.topicAlias !== 0) length += 3;
  if (hop.expiry !== undefined) length += 5;
  if (hop.identifiers !== undefined) {
    for (const identifier of hop.identifiers) length += 1 + varintSize(identifier);
  }
  return length;
}

/** The size of a whole PUBLISH of MQTT 5, bytes. */
export function sizeOfPublishV5(
  qos: number,
  topicLength: number,
  properties: MessageProperties | undefined,
  hop: HopProperties,
  payloadLength: number,
): number {
  const length = lengthOf(properties, hop);
  const remaining = 2 + topicLength + (qos > 0 ? 2 : 0) + varintSize(length) + length +
    payloadLength;
  return 1 + varintSize(remaining) + remaining;
}

/** A whole PUBLISH; the packet id is written when the header's QoS is above 0. */
export function encodePublishFrameV5(
  header: number,
  topic: Uint8Array,
  packetId: number,
  properties: MessageProperties | undefined,
  hop: HopProperties,
  payload: Uint8Array,
): Uint8Array {
  const frame = encodePublishHeadV5(header, topic, packetId, properties, hop, payload.length, true);
  frame.set(payload, frame.length - payload.length);
  return frame;
}

/**
 * The part of a PUBLISH before its payload.
 * @param withRoom is there to be room for the payload behind it?
 */
export function encodePublishHeadV5(
  header: number,
  topic: Uint8Array,
  packetId: number,
  properties: MessageProperties | undefined,
  hop: HopProperties,
  payloadLength: number,
  withRoom = false,
): Uint8Array {
  const length = lengthOf(properties, hop);
  const withId = (header & 6) !== 0;
  const head = 2 + topic.length + (withId ? 2 : 0) + varintSize(length) + length;
  const writer = new Writer(header, head + payloadLength, withRoom ? 0 : payloadLength);
  writer.prefixed(topic);
  if (withId) writer.uint16(packetId);
  writer.varint(length);
  if (hop.topicAlias !== 0) {
    writer.byte(0x23);
    writer.uint16(hop.topicAlias);
  }
  if (hop.expiry !== undefined) {
    writer.byte(0x02);
    writer.uint32(hop.expiry);
  }
  if (properties !== undefined) writer.raw(properties.bytes);
  if (hop.identifiers !== undefined) {
    for (const identifier of hop.identifiers) {
      writer.byte(0x0b);
      writer.varint(identifier);
    }
  }
  return writer.bytes;
}
