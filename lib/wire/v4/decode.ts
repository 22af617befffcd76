/**
 * MQTT 3.1 and 3.1.1: bytes to packets, strict. Invariant: reads only the frame's own bytes; byte fields of the result
 * are borrowed views into the buffer.
 */
import { MalformedPacketError } from "../errors.ts";
import { badHeader, FIXED_HEADERS } from "../fixed_header.ts";
import type { FrameCursor } from "../frame.ts";
import type {
  ConnackPacket,
  ConnectPacket,
  Packet,
  ProtocolLevel,
  PublishPacket,
  QoS,
  ReturnCode,
  SubackPacket,
  SubscribePacket,
  SubscriptionRequest,
  UnsubscribePacket,
  Will,
} from "../packets.ts";
import { PacketType, SUBSCRIBE_FAILURE } from "../packets.ts";
import { PublishFields, readPublish } from "../publish.ts";
import { Reader } from "../reader.ts";
import { decodeUtf8 } from "../utf8.ts";

/** A packet whose type the first byte says alone; PUBLISH has flags, CONNECT its own version. */
type PlainType = Exclude<Packet["type"], "publish" | "connect" | "auth">;

/**
 * Decodes any packet but CONNECT.
 * @throws MalformedPacketError when the bytes are no packet
 */
export function decodeV4(bytes: Uint8Array, cursor: FrameCursor): Packet {
  const header = cursor.header;
  const reader = new Reader(bytes, cursor.bodyStart, cursor.end);
  if (header >> 4 === PacketType.PUBLISH) return decodePublish(bytes, cursor);
  const type = FIXED_HEADERS[header];
  if (type === undefined || type === "auth") throw badHeader(header); // AUTH is of MQTT 5
  const packet = decodeBody(type as PlainType, reader);
  reader.finish(type);
  return packet;
}

function decodeBody(type: PlainType, reader: Reader): Packet {
  switch (type) {
    case "connack":
      return decodeConnack(reader);
    case "subscribe":
      return decodeSubscribe(reader);
    case "suback":
      return decodeSuback(reader);
    case "unsubscribe":
      return decodeUnsubscribe(reader);
    case "puback":
    case "pubrec":
    case "pubrel":
    case "pubcomp":
    case "unsuback":
      return { type, packetId: reader.packetId("MQTT-2.3.1-1") };
    case "pingreq":
    case "pingresp":
    case "disconnect":
      return { type };
  }
}

/** Reads a CONNECT behind its protocol level. */
export function decodeConnectV4(reader: Reader, protocolLevel: ProtocolLevel): ConnectPacket {
  const flags = reader.byte("connect flags");
  if (flags & 1) throw new MalformedPacketError("CONNECT's reserved flag is set", "MQTT-3.1.2-3");
  const keepAlive = reader.uint16("keep alive");
  const clientId = reader.string("client id");
  const will = readWill(reader, flags);
  if ((flags & 0xc0) === 0x40) {
    throw new MalformedPacketError("password without username", "MQTT-3.1.2-22");
  }
  const username = flags & 0x80 ? reader.string("username") : undefined; // [MQTT-3.1.3-11]
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
  };
}

function readWill(reader: Reader, flags: number): Will | undefined {
  const qos = (flags >> 3) & 3;
  if ((flags & 4) === 0) {
    if (qos !== 0) throw new MalformedPacketError("will QoS without will", "MQTT-3.1.2-13");
    if (flags & 0x20) throw new MalformedPacketError("will retain without will", "MQTT-3.1.2-15");
    return undefined;
  }
  if (qos === 3) throw new MalformedPacketError("will QoS 3", "MQTT-3.1.2-14");
  const topicName = reader.string("will topic");
  const payload = reader.binary("will message");
  return { topicName, payload, qos: qos as QoS, retain: (flags & 0x20) !== 0 };
}

function decodeConnack(reader: Reader): ConnackPacket {
  const flags = reader.byte("acknowledge flags");
  const returnCode = reader.byte("return code");
  if (flags > 1) throw new MalformedPacketError("CONNACK's reserved flags are set", "3.2.2.1");
  if (returnCode > 5) throw new MalformedPacketError(`return code ${returnCode}`, "3.2.2.3");
  if (flags === 1 && returnCode !== 0) {
    throw new MalformedPacketError("session present in a refusal", "MQTT-3.2.2-4");
  }
  return { type: "connack", sessionPresent: flags === 1, returnCode: returnCode as ReturnCode };
}

function decodeSubscribe(reader: Reader): SubscribePacket {
  const packetId = reader.packetId("MQTT-2.3.1-1");
  const subscriptions: SubscriptionRequest[] = [];
  while (reader.left > 0) {
    const topicFilter = reader.string("topic filter");
    const qos = reader.byte("requested QoS");
    if (qos > 2) throw new MalformedPacketError(`requested QoS byte ${qos}`, "MQTT-3.8.3-4");
    subscriptions.push({ topicFilter, qos: qos as QoS });
  }
  if (subscriptions.length === 0) {
    throw new MalformedPacketError("SUBSCRIBE without a topic filter", "MQTT-3.8.3-3");
  }
  return { type: "subscribe", packetId, subscriptions };
}

function decodeSuback(reader: Reader): SubackPacket {
  const packetId = reader.packetId("MQTT-2.3.1-7");
  const returnCodes: number[] = [];
  while (reader.left > 0) {
    const code = reader.byte("return code");
    if (code > 2 && code !== SUBSCRIBE_FAILURE) {
      throw new MalformedPacketError(`SUBACK return code ${code}`, "MQTT-3.9.3-2");
    }
    returnCodes.push(code);
  }
  if (returnCodes.length === 0) {
    throw new MalformedPacketError("SUBACK without a return code", "MQTT-3.9.3-1");
  }
  return { type: "suback", packetId, returnCodes };
}

function decodeUnsubscribe(reader: Reader): UnsubscribePacket {
  const packetId = reader.packetId("MQTT-2.3.1-1");
  const topicFilters: string[] = [];
  while (reader.left > 0) topicFilters.push(reader.string("topic filter"));
  if (topicFilters.length === 0) {
    throw new MalformedPacketError("UNSUBSCRIBE without a topic filter", "MQTT-3.10.3-2");
  }
  return { type: "unsubscribe", packetId, topicFilters };
}

function decodePublish(bytes: Uint8Array, cursor: FrameCursor): PublishPacket {
  const fields = new PublishFields();
  readPublish(bytes, cursor, fields);
  return {
    type: "publish",
    topicName: decodeUtf8(bytes, fields.topicStart, fields.topicEnd, "topic name"),
    payload: bytes.subarray(fields.payloadStart, cursor.end),
    qos: fields.qos,
    retain: fields.retain,
    dup: fields.dup,
    packetId: fields.packetId,
  };
}
