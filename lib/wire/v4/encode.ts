/**
 * Packets to bytes. Called by the broker for everything but the PUBLISH it forwards, by the client for
 * everything. Invariant: what it returns is a fresh, whole frame that decode.ts reads back the same.
 */
import { MAX_REMAINING_LENGTH, varintSize, writeVarint } from "../frame.ts";
import type {
  ConnackPacket,
  ConnectPacket,
  Packet,
  PublishPacket,
  QoS,
  SubackPacket,
  SubscribePacket,
  UnsubscribePacket,
} from "../packets.ts";
import { SUBSCRIBE_FAILURE } from "../packets.ts";
import { encodeUtf8, MAX_STRING_BYTES } from "../utf8.ts";

const ACK_HEADERS = { puback: 0x40, pubrec: 0x50, pubrel: 0x62, pubcomp: 0x70, unsuback: 0xb0 };
const BARE_HEADERS = { pingreq: 0xc0, pingresp: 0xd0, disconnect: 0xe0 };

/**
 * Encodes any packet.
 * @throws RangeError for what does not fit or decode.ts would refuse: long strings, packet ids out of
 *   1..65535, QoS 3, lists without an item, too many bytes
 */
export function encodePacket(packet: Packet): Uint8Array {
  switch (packet.type) {
    case "connect":
      return encodeConnect(packet);
    case "connack":
      return encodeConnack(packet);
    case "publish":
      return encodePublish(packet);
    case "subscribe":
      return encodeSubscribe(packet);
    case "suback":
      return encodeSuback(packet);
    case "unsubscribe":
      return encodeUnsubscribe(packet);
    case "pingreq":
    case "pingresp":
    case "disconnect":
      return Uint8Array.of(BARE_HEADERS[packet.type], 0);
    default: {
      const id = checkPacketId(packet.packetId);
      return Uint8Array.of(ACK_HEADERS[packet.type], 2, id >> 8, id & 0xff);
    }
  }
}

/** Writes forward into one frame of known size. */
class Writer {
  readonly bytes: Uint8Array;
  at: number;

  constructor(header: number, remainingLength: number) {
    checkRemainingLength(remainingLength);
    this.bytes = new Uint8Array(1 + varintSize(remainingLength) + remainingLength);
    this.bytes[0] = header;
    this.at = writeVarint(this.bytes, 1, remainingLength);
  }

  byte(value: number): void {
    this.bytes[this.at++] = value;
  }

  uint16(value: number): void {
    this.bytes[this.at++] = value >> 8;
    this.bytes[this.at++] = value & 0xff;
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  prefixed(bytes: Uint8Array): void {
    this.uint16(bytes.length);
    this.raw(bytes);
  }
}

function checkPacketId(id: number): number {
  if (!Number.isInteger(id) || id < 1 || id > 65_535) {
    throw new RangeError(`packet id ${id} is not within 1 to 65535 [MQTT-2.3.1-1]`);
  }
  return id;
}

function checkRemainingLength(length: number): void {
  if (length > MAX_REMAINING_LENGTH) {
    throw new RangeError(`packet of ${length} bytes is longer than MQTT allows`);
  }
}

function checkQos(qos: QoS): QoS {
  if (qos !== 0 && qos !== 1 && qos !== 2) throw new RangeError(`QoS ${qos} is not 0, 1 or 2`);
  return qos;
}

function checkKeepAlive(seconds: number): number {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 65_535) {
    throw new RangeError(`keep-alive of ${seconds} seconds is not within 0 to 65535`);
  }
  return seconds;
}

function checkSome(list: readonly unknown[], what: string): void {
  if (list.length === 0) throw new RangeError(`${what} needs at least one item`);
}

function checkBinary(bytes: Uint8Array, what: string): Uint8Array {
  if (bytes.length > MAX_STRING_BYTES) {
    throw new RangeError(`${what} is longer than ${MAX_STRING_BYTES} bytes`);
  }
  return bytes;
}

function encodeConnack({ sessionPresent, returnCode }: ConnackPacket): Uint8Array {
  if (sessionPresent && returnCode !== 0) {
    throw new RangeError("session present in a refusal [MQTT-3.2.2-4]");
  }
  return Uint8Array.of(0x20, 2, sessionPresent ? 1 : 0, returnCode);
}

function encodeConnect(packet: ConnectPacket): Uint8Array {
  const protocol = encodeUtf8(packet.protocolLevel === 4 ? "MQTT" : "MQIsdp", "protocol name");
  const fields = [encodeUtf8(packet.clientId, "client id")];
  let flags = packet.cleanSession ? 2 : 0;
  const { will, username, password } = packet;
  if (will !== undefined) {
    flags |= 4 | (checkQos(will.qos) << 3) | (will.retain ? 0x20 : 0);
    fields.push(
      encodeUtf8(will.topicName, "will topic"),
      checkBinary(will.payload, "will message"),
    );
  }
  if (username !== undefined) {
    flags |= 0x80;
    fields.push(encodeUtf8(username, "username"));
  }
  if (password !== undefined) {
    if (username === undefined) throw new RangeError("password without username [MQTT-3.1.2-22]");
    flags |= 0x40;
    fields.push(checkBinary(password, "password"));
  }
  const size = fields.reduce((sum, field) => sum + 2 + field.length, 2 + protocol.length + 4);
  const writer = new Writer(0x10, size);
  writer.prefixed(protocol);
  writer.byte(packet.protocolLevel);
  writer.byte(flags);
  writer.uint16(checkKeepAlive(packet.keepAlive));
  for (const field of fields) writer.prefixed(field); // [MQTT-3.1.3-1]
  return writer.bytes;
}

function encodeSubscribe(packet: SubscribePacket): Uint8Array {
  checkSome(packet.subscriptions, "SUBSCRIBE"); // [MQTT-3.8.3-3]
  const filters = packet.subscriptions.map((one) => encodeUtf8(one.topicFilter, "topic filter"));
  const writer = new Writer(0x82, filters.reduce((sum, filter) => sum + 3 + filter.length, 2));
  writer.uint16(checkPacketId(packet.packetId));
  filters.forEach((filter, index) => {
    writer.prefixed(filter);
    writer.byte(checkQos(packet.subscriptions[index]!.qos));
  });
  return writer.bytes;
}

function encodeSuback(packet: SubackPacket): Uint8Array {
  checkSome(packet.returnCodes, "SUBACK");
  const writer = new Writer(0x90, 2 + packet.returnCodes.length);
  writer.uint16(checkPacketId(packet.packetId));
  for (const code of packet.returnCodes) {
    writer.byte(code === SUBSCRIBE_FAILURE ? code : checkQos(code as QoS)); // [MQTT-3.9.3-2]
  }
  return writer.bytes;
}

function encodeUnsubscribe(packet: UnsubscribePacket): Uint8Array {
  checkSome(packet.topicFilters, "UNSUBSCRIBE"); // [MQTT-3.10.3-2]
  const filters = packet.topicFilters.map((filter) => encodeUtf8(filter, "topic filter"));
  const writer = new Writer(0xa2, filters.reduce((sum, filter) => sum + 2 + filter.length, 2));
  writer.uint16(checkPacketId(packet.packetId));
  for (const filter of filters) writer.prefixed(filter);
  return writer.bytes;
}

/** The first byte of a PUBLISH. */
export function publishHeader(qos: QoS, retain: boolean, dup: boolean): number {
  return 0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0);
}

function encodePublish(packet: PublishPacket): Uint8Array {
  const topic = encodeUtf8(packet.topicName, "topic name");
  if (checkQos(packet.qos) > 0) checkPacketId(packet.packetId);
  else if (packet.dup) throw new RangeError("DUP at QoS 0 [MQTT-3.3.1-2]");
  const header = publishHeader(packet.qos, packet.retain, packet.dup);
  return encodePublishFrame(header, topic, packet.packetId, packet.payload);
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
