/**
 * MQTT 5.0: bytes to packets, strict. Invariant: reads only the frame's own bytes; byte fields of the result are
 * borrowed views into the buffer.
 */
import { type ReasonCode, returnCodeOf } from "../codes.ts";
import { inVersion5, MalformedPacketError, ProtocolError } from "../errors.ts";
import { badHeader, FIXED_HEADERS } from "../fixed_header.ts";
import type { FrameCursor } from "../frame.ts";
import {
  type AckPacket,
  type AuthPacket,
  type ConnackPacket,
  type ConnectPacket,
  type DisconnectPacket,
  type Packet,
  PacketType,
  type ProtocolLevel,
  type PublishPacket,
  type QoS,
  type RetainHandling,
  type SubackPacket,
  type SubscribePacket,
  type SubscriptionRequest,
  type UnsubackPacket,
  type UnsubscribePacket,
  type Will,
} from "../packets.ts";
import { type Properties, PropertiesOf, readProperties } from "../properties.ts";
import { PublishFields, readPublish } from "../publish.ts";
import { Reader } from "../reader.ts";
import { decodeUtf8 } from "../utf8.ts";
import { checkReasonCode } from "./reason_codes.ts";

type PlainType = Exclude<Packet["type"], "publish" | "connect">;

/** A remaining length is a variable byte integer too: the fewest bytes that hold it [MQTT-1.5.5-1]. */
export function checkRemainingLength(bytes: Uint8Array, { start, bodyStart }: FrameCursor): void {
  if (bodyStart - start === 2 || bytes[bodyStart - 1] !== 0) return;
  throw new MalformedPacketError("remaining length has a needless byte", "MQTT-1.5.5-1");
}

/**
 * Decodes any packet but CONNECT.
 * @throws MalformedPacketError, ProtocolError when the bytes are no packet
 */
export function decodeV5(bytes: Uint8Array, cursor: FrameCursor): Packet {
  try {
    return decodeFrame(bytes, cursor);
  } catch (error) {
    throw inVersion5(error);
  }
}

function decodeFrame(bytes: Uint8Array, cursor: FrameCursor): Packet {
  checkRemainingLength(bytes, cursor);
  const { header } = cursor;
  if (header >> 4 === PacketType.PUBLISH) return decodePublish(bytes, cursor);
  const type = FIXED_HEADERS[header];
  if (type === undefined) throw badHeaderV5(header);
  const reader = new Reader(bytes, cursor.bodyStart, cursor.end);
  const packet = decodeBody(type as PlainType, reader);
  reader.finish(type);
  return packet;
}

function badHeaderV5(header: number): MalformedPacketError {
  if (header >> 4 !== PacketType.AUTH) return badHeader(header);
  return new MalformedPacketError("packet type 15 with flags", "MQTT-3.15.1-1");
}

function decodeBody(type: PlainType, reader: Reader): Packet {
  switch (type) {
    case "connack":
      return decodeConnack(reader);
    case "puback":
    case "pubrec":
    case "pubrel":
    case "pubcomp":
      return decodeAck(type, reader);
    case "subscribe":
      return decodeSubscribe(reader);
    case "suback":
      return decodeSuback(reader);
    case "unsubscribe":
      return decodeUnsubscribe(reader);
    case "unsuback":
      return decodeUnsuback(reader);
    case "disconnect":
      return decodeDisconnect(reader);
    case "auth":
      return decodeAuth(reader);
    case "pingreq":
    case "pingresp":
      return { type };
  }
}

/** Reads a CONNECT behind its protocol level. */
export function decodeConnectV5(reader: Reader, protocolLevel: ProtocolLevel): ConnectPacket {
  const flags = reader.byte("connect flags");
  if (flags & 1) throw new MalformedPacketError("CONNECT's reserved flag is set", "MQTT-3.1.2-3");
  const keepAlive = reader.uint16("keep alive");
  const properties = readProperties(reader, PropertiesOf.CONNECT);
  const clientId = reader.string("client id");
  const will = readWill(reader, flags);
  const username = flags & 0x80 ? reader.string("username") : undefined;
  const password = flags & 0x40 ? reader.binary("password") : undefined;
  const cleanSession = (flags & 2) !== 0;
  return {
    type: "connect",
    protocolLevel,
    clientId,
    cleanSession,
    keepAlive,
    will,
    username,
    password,
    properties,
  };
}

function readWill(reader: Reader, flags: number): Will | undefined {
  const qos = (flags >> 3) & 3;
  if ((flags & 4) === 0) {
    if (qos !== 0) throw new MalformedPacketError("will QoS without will", "MQTT-3.1.2-11");
    if (flags & 0x20) throw new MalformedPacketError("will retain without will", "MQTT-3.1.2-13");
    return undefined;
  }
  if (qos === 3) throw new MalformedPacketError("will QoS 3", "MQTT-3.1.2-12");
  const properties = readProperties(reader, PropertiesOf.WILL);
  const topicName = reader.string("will topic");
  const payload = reader.binary("will payload");
  return { topicName, payload, qos: qos as QoS, retain: (flags & 0x20) !== 0, properties };
}

function decodeConnack(reader: Reader): ConnackPacket {
  const flags = reader.byte("acknowledge flags");
  if (flags > 1) throw new MalformedPacketError("CONNACK's reserved flags are set", "MQTT-3.2.2-1");
  const reasonCode = checkReasonCode("connack", reader.byte("reason code"));
  const properties = readProperties(reader, PropertiesOf.CONNACK);
  if (flags === 1 && reasonCode !== 0) {
    throw new MalformedPacketError("session present in a refusal", "MQTT-3.2.2-6");
  }
  return {
    type: "connack",
    sessionPresent: flags === 1,
    returnCode: returnCodeOf(reasonCode),
    reasonCode,
    properties,
  };
}

function decodePublish(bytes: Uint8Array, cursor: FrameCursor): PublishPacket {
  const fields = new PublishFields();
  readPublish(bytes, cursor, fields);
  const reader = new Reader(bytes, fields.payloadStart, cursor.end);
  const properties = readProperties(reader, PropertiesOf.PUBLISH);
  return {
    type: "publish",
    topicName: decodeUtf8(bytes, fields.topicStart, fields.topicEnd, "topic name"),
    payload: bytes.subarray(reader.at, cursor.end),
    qos: fields.qos,
    retain: fields.retain,
    dup: fields.dup,
    packetId: fields.packetId,
    properties,
  };
}

const ACK_PROPERTIES = {
  puback: PropertiesOf.PUBACK,
  pubrec: PropertiesOf.PUBREC,
  pubrel: PropertiesOf.PUBREL,
  pubcomp: PropertiesOf.PUBCOMP,
};

/** Code 0 and the property length may be left out, sections 3.4.2.1 and 3.4.2.2.1. */
function decodeAck(type: AckPacket["type"], reader: Reader): AckPacket {
  const packetId = reader.packetId("MQTT-2.2.1-3");
  if (reader.left === 0) return { type, packetId, reasonCode: 0, properties: undefined };
  const reasonCode = checkReasonCode(type, reader.byte("reason code"));
  return { type, packetId, reasonCode, properties: lastProperties(reader, ACK_PROPERTIES[type]) };
}

function lastProperties(reader: Reader, of: PropertiesOf): Properties | undefined {
  return reader.left === 0 ? undefined : readProperties(reader, of);
}

function decodeSubscribe(reader: Reader): SubscribePacket {
  const packetId = reader.packetId("MQTT-2.2.1-3");
  const properties = readProperties(reader, PropertiesOf.SUBSCRIBE);
  const subscriptions: SubscriptionRequest[] = [];
  while (reader.left > 0) subscriptions.push(readRequest(reader));
  if (subscriptions.length === 0) {
    throw new ProtocolError("SUBSCRIBE without a topic filter", "MQTT-3.8.3-2");
  }
  return { type: "subscribe", packetId, subscriptions, properties };
}

function readRequest(reader: Reader): SubscriptionRequest {
  const topicFilter = reader.string("topic filter");
  const options = reader.byte("subscription options");
  const qos = options & 3;
  const retainHandling = (options >> 4) & 3;
  if (options > 63) {
    throw new MalformedPacketError("reserved bits of subscription options", "MQTT-3.8.3-5");
  }
  if (qos === 3) throw new ProtocolError("subscription with QoS 3", "3.8.3.1");
  if (retainHandling === 3) throw new ProtocolError("retain handling is 3", "3.8.3.1");
  return {
    topicFilter,
    qos: qos as QoS,
    noLocal: (options & 4) !== 0,
    retainAsPublished: (options & 8) !== 0,
    retainHandling: retainHandling as RetainHandling,
  };
}

function decodeSuback(reader: Reader): SubackPacket {
  const packetId = reader.packetId("MQTT-2.2.1-3");
  const properties = readProperties(reader, PropertiesOf.SUBACK);
  const returnCodes: number[] = [];
  while (reader.left > 0) returnCodes.push(checkReasonCode("suback", reader.byte("reason code")));
  if (returnCodes.length === 0) {
    throw new MalformedPacketError("SUBACK without a reason code", "MQTT-3.8.4-6");
  }
  return { type: "suback", packetId, returnCodes, properties };
}

function decodeUnsubscribe(reader: Reader): UnsubscribePacket {
  const packetId = reader.packetId("MQTT-2.2.1-3");
  const properties = readProperties(reader, PropertiesOf.UNSUBSCRIBE);
  const topicFilters: string[] = [];
  while (reader.left > 0) topicFilters.push(reader.string("topic filter"));
  if (topicFilters.length === 0) {
    throw new ProtocolError("UNSUBSCRIBE without a topic filter", "MQTT-3.10.3-2");
  }
  return { type: "unsubscribe", packetId, topicFilters, properties };
}

function decodeUnsuback(reader: Reader): UnsubackPacket {
  const packetId = reader.packetId("MQTT-2.2.1-3");
  const properties = readProperties(reader, PropertiesOf.UNSUBACK);
  const reasonCodes: ReasonCode[] = [];
  while (reader.left > 0) reasonCodes.push(checkReasonCode("unsuback", reader.byte("reason code")));
  if (reasonCodes.length === 0) {
    throw new MalformedPacketError("UNSUBACK without a reason code", "MQTT-3.11.3-1");
  }
  return { type: "unsuback", packetId, reasonCodes, properties };
}

function decodeDisconnect(reader: Reader): DisconnectPacket {
  if (reader.left === 0) return { type: "disconnect", reasonCode: 0, properties: undefined };
  const reasonCode = checkReasonCode("disconnect", reader.byte("reason code"));
  const properties = lastProperties(reader, PropertiesOf.DISCONNECT);
  return { type: "disconnect", reasonCode, properties };
}

/** Both code and property length may be left out, never the length alone, section 3.15.2.1. */
function decodeAuth(reader: Reader): AuthPacket {
  if (reader.left === 0) return { type: "auth", reasonCode: 0, properties: undefined };
  const reasonCode = checkReasonCode("auth", reader.byte("reason code"));
  const properties = readProperties(reader, PropertiesOf.AUTH);
  return { type: "auth", reasonCode, properties };
}
