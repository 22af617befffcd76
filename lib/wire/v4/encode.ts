/**
 * MQTT 3.1 and 3.1.1: packets to bytes. Invariant: what it returns is a fresh, whole frame that decode.ts reads back
 * the same.
 */
import { Header } from "../fixed_header.ts";
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
import { encodePublishFrame, publishHeader } from "../publish.ts";
import { encodeUtf8 } from "../utf8.ts";
import {
  checkBinary,
  checkKeepAlive,
  checkPacketId,
  checkQos,
  checkSome,
  Writer,
} from "../writer.ts";

const ACK_HEADERS = {
  puback: Header.PUBACK,
  pubrec: Header.PUBREC,
  pubrel: Header.PUBREL,
  pubcomp: Header.PUBCOMP,
  unsuback: Header.UNSUBACK,
};
const BARE_HEADERS = {
  pingreq: Header.PINGREQ,
  pingresp: Header.PINGRESP,
  disconnect: Header.DISCONNECT,
};

/** Encodes any packet; throws RangeError for what does not fit or the decoder would refuse. */
export function encodeV4(packet: Packet): Uint8Array {
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
    case "auth":
      throw new RangeError("AUTH is a packet of MQTT 5");
    default: {
      const id = checkPacketId(packet.packetId);
      return Uint8Array.of(ACK_HEADERS[packet.type], 2, id >> 8, id & 0xff);
    }
  }
}

function encodeConnack({ sessionPresent, returnCode }: ConnackPacket): Uint8Array {
  if (sessionPresent && returnCode !== 0) {
    throw new RangeError("session present in a refusal [MQTT-3.2.2-4]");
  }
  return Uint8Array.of(Header.CONNACK, 2, sessionPresent ? 1 : 0, returnCode);
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
  const writer = new Writer(Header.CONNECT, size);
  writer.prefixed(protocol);
  writer.byte(packet.isBridge ? packet.protocolLevel | 0x80 : packet.protocolLevel);
  writer.byte(flags);
  writer.uint16(checkKeepAlive(packet.keepAlive));
  for (const field of fields) writer.prefixed(field); // [MQTT-3.1.3-1]
  return writer.bytes;
}

function encodeSubscribe(packet: SubscribePacket): Uint8Array {
  checkSome(packet.subscriptions, "SUBSCRIBE"); // [MQTT-3.8.3-3]
  const filters = packet.subscriptions.map((one) => encodeUtf8(one.topicFilter, "topic filter"));
  const writer = new Writer(
    Header.SUBSCRIBE,
    filters.reduce((sum, filter) => sum + 3 + filter.length, 2),
  );
  writer.uint16(checkPacketId(packet.packetId));
  filters.forEach((filter, index) => {
    writer.prefixed(filter);
    writer.byte(checkQos(packet.subscriptions[index]!.qos));
  });
  return writer.bytes;
}

function encodeSuback(packet: SubackPacket): Uint8Array {
  checkSome(packet.returnCodes, "SUBACK");
  const writer = new Writer(Header.SUBACK, 2 + packet.returnCodes.length);
  writer.uint16(checkPacketId(packet.packetId));
  for (const code of packet.returnCodes) {
    writer.byte(code === SUBSCRIBE_FAILURE ? code : checkQos(code as QoS)); // [MQTT-3.9.3-2]
  }
  return writer.bytes;
}

function encodeUnsubscribe(packet: UnsubscribePacket): Uint8Array {
  checkSome(packet.topicFilters, "UNSUBSCRIBE"); // [MQTT-3.10.3-2]
  const filters = packet.topicFilters.map((filter) => encodeUtf8(filter, "topic filter"));
  const writer = new Writer(
    Header.UNSUBSCRIBE,
    filters.reduce((sum, filter) => sum + 2 + filter.length, 2),
  );
  writer.uint16(checkPacketId(packet.packetId));
  for (const filter of filters) writer.prefixed(filter);
  return writer.bytes;
}

function encodePublish(packet: PublishPacket): Uint8Array {
  const topic = encodeUtf8(packet.topicName, "topic name");
  if (checkQos(packet.qos) > 0) checkPacketId(packet.packetId);
  else if (packet.dup) throw new RangeError("DUP at QoS 0 [MQTT-3.3.1-2]");
  const header = publishHeader(packet.qos, packet.retain, packet.dup);
  return encodePublishFrame(header, topic, packet.packetId, packet.payload);
}
