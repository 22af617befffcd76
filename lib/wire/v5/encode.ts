/**
 * MQTT 5.0: packets to bytes. Invariant: what it returns is a fresh, whole frame that decode.ts reads back the same.
 */
import { reasonCodeOf } from "../codes.ts";
import { Header } from "../fixed_header.ts";
import type {
  AckPacket,
  AuthPacket,
  ConnackPacket,
  ConnectPacket,
  DisconnectPacket,
  Packet,
  PublishPacket,
  SubackPacket,
  SubscribePacket,
  SubscriptionRequest,
  UnsubackPacket,
  UnsubscribePacket,
} from "../packets.ts";
import { PropertyList } from "../property_list.ts";
import { PropertiesOf } from "../property_table.ts";
import { publishHeader } from "../publish.ts";
import { encodeUtf8 } from "../utf8.ts";
import {
  checkBinary,
  checkKeepAlive,
  checkPacketId,
  checkQos,
  checkSome,
  Writer,
} from "../writer.ts";
import { checkReasonCodeToSend } from "./reason_codes.ts";

const ACKS = {
  puback: [Header.PUBACK, PropertiesOf.PUBACK],
  pubrec: [Header.PUBREC, PropertiesOf.PUBREC],
  pubrel: [Header.PUBREL, PropertiesOf.PUBREL],
  pubcomp: [Header.PUBCOMP, PropertiesOf.PUBCOMP],
} as const;
const BARE_HEADERS = { pingreq: Header.PINGREQ, pingresp: Header.PINGRESP };

/** Encodes any packet; throws RangeError for what does not fit or the decoder would refuse. */
export function encodeV5(packet: Packet): Uint8Array {
  switch (packet.type) {
    case "connect":
      return encodeConnect(packet);
    case "connack":
      return encodeConnack(packet);
    case "publish":
      return encodePublish(packet);
    case "puback":
    case "pubrec":
    case "pubrel":
    case "pubcomp":
      return encodeAck(packet);
    case "subscribe":
      return encodeSubscribe(packet);
    case "suback":
      return encodeSuback(packet);
    case "unsubscribe":
      return encodeUnsubscribe(packet);
    case "unsuback":
      return encodeUnsuback(packet);
    case "disconnect":
      return encodeLast(Header.DISCONNECT, packet);
    case "auth":
      return encodeLast(Header.AUTH, packet);
    case "pingreq":
    case "pingresp":
      return Uint8Array.of(BARE_HEADERS[packet.type], 0);
  }
}

function encodeConnect(packet: ConnectPacket): Uint8Array {
  const { will, username, password } = packet;
  const protocol = encodeUtf8("MQTT", "protocol name");
  const properties = new PropertyList(packet.properties, PropertiesOf.CONNECT);
  const willProperties = new PropertyList(will?.properties, PropertiesOf.WILL);
  const clientId = encodeUtf8(packet.clientId, "client id");
  const fields: Uint8Array[] = [];
  let flags = packet.cleanSession ? 2 : 0;
  if (will !== undefined) {
    flags |= 4 | (checkQos(will.qos) << 3) | (will.retain ? 0x20 : 0);
    fields.push(
      encodeUtf8(will.topicName, "will topic"),
      checkBinary(will.payload, "will payload"),
    );
  }
  if (username !== undefined) {
    flags |= 0x80;
    fields.push(encodeUtf8(username, "username"));
  }
  if (password !== undefined) {
    flags |= 0x40;
    fields.push(checkBinary(password, "password"));
  }
  const size = fields.reduce((sum, field) => sum + 2 + field.length, 2 + protocol.length + 4) +
    properties.size + 2 + clientId.length + (will === undefined ? 0 : willProperties.size);
  const writer = new Writer(Header.CONNECT, size);
  writer.prefixed(protocol);
  writer.byte(packet.protocolLevel);
  writer.byte(flags);
  writer.uint16(checkKeepAlive(packet.keepAlive));
  properties.write(writer);
  writer.prefixed(clientId);
  if (will !== undefined) willProperties.write(writer);
  for (const field of fields) writer.prefixed(field); // [MQTT-3.1.3-1]
  return writer.bytes;
}

function encodeConnack(packet: ConnackPacket): Uint8Array {
  const { sessionPresent, returnCode, reasonCode = reasonCodeOf(returnCode) } = packet;
  if (sessionPresent && reasonCode !== 0) {
    throw new RangeError("session present in a refusal [MQTT-3.2.2-6]");
  }
  const properties = new PropertyList(packet.properties, PropertiesOf.CONNACK);
  const writer = new Writer(Header.CONNACK, 2 + properties.size);
  writer.byte(sessionPresent ? 1 : 0);
  writer.byte(checkReasonCodeToSend("connack", reasonCode));
  properties.write(writer);
  return writer.bytes;
}

function encodePublish(packet: PublishPacket): Uint8Array {
  const topic = encodeUtf8(packet.topicName, "topic name");
  const qos = checkQos(packet.qos);
  if (qos === 0 && packet.dup) throw new RangeError("DUP at QoS 0 [MQTT-3.3.1-2]");
  const properties = new PropertyList(packet.properties, PropertiesOf.PUBLISH);
  const size = 2 + topic.length + (qos > 0 ? 2 : 0) + properties.size + packet.payload.length;
  const writer = new Writer(publishHeader(qos, packet.retain, packet.dup), size);
  writer.prefixed(topic);
  if (qos > 0) writer.uint16(checkPacketId(packet.packetId));
  properties.write(writer);
  writer.raw(packet.payload);
  return writer.bytes;
}

function encodeAck(packet: AckPacket): Uint8Array {
  const { type, packetId, reasonCode = 0 } = packet;
  const [header, of] = ACKS[type];
  checkReasonCodeToSend(type, reasonCode);
  const properties = new PropertyList(packet.properties, of);
  const size = properties.length > 0 ? 3 + properties.size : reasonCode === 0 ? 2 : 3;
  const writer = new Writer(header, size);
  writer.uint16(checkPacketId(packetId));
  if (size > 2) writer.byte(reasonCode);
  if (size > 3) properties.write(writer);
  return writer.bytes;
}

function encodeSubscribe(packet: SubscribePacket): Uint8Array {
  checkSome(packet.subscriptions, "SUBSCRIBE"); // [MQTT-3.8.3-2]
  const properties = new PropertyList(packet.properties, PropertiesOf.SUBSCRIBE);
  const filters = packet.subscriptions.map((one) => encodeUtf8(one.topicFilter, "topic filter"));
  const size = filters.reduce((sum, filter) => sum + 3 + filter.length, 2 + properties.size);
  const writer = new Writer(Header.SUBSCRIBE, size);
  writer.uint16(checkPacketId(packet.packetId));
  properties.write(writer);
  filters.forEach((filter, index) => {
    writer.prefixed(filter);
    writer.byte(optionsByte(packet.subscriptions[index]!));
  });
  return writer.bytes;
}

function optionsByte(request: SubscriptionRequest): number {
  const { qos, noLocal = false, retainAsPublished = false, retainHandling = 0 } = request;
  if (retainHandling !== 0 && retainHandling !== 1 && retainHandling !== 2) {
    throw new RangeError(`retain handling ${retainHandling} is not 0, 1 or 2`);
  }
  return checkQos(qos) | (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0) | (retainHandling << 4);
}

function encodeSuback(packet: SubackPacket): Uint8Array {
  return encodeCodes(
    Header.SUBACK,
    packet.packetId,
    packet.returnCodes.map((code) => checkReasonCodeToSend("suback", code)),
    new PropertyList(packet.properties, PropertiesOf.SUBACK),
  );
}

function encodeUnsuback(packet: UnsubackPacket): Uint8Array {
  return encodeCodes(
    Header.UNSUBACK,
    packet.packetId,
    (packet.reasonCodes ?? []).map((code) => checkReasonCodeToSend("unsuback", code)),
    new PropertyList(packet.properties, PropertiesOf.UNSUBACK),
  );
}

function encodeCodes(
  header: number,
  packetId: number,
  codes: readonly number[],
  properties: PropertyList,
): Uint8Array {
  checkSome(codes, header === Header.SUBACK ? "SUBACK" : "UNSUBACK");
  const writer = new Writer(header, 2 + properties.size + codes.length);
  writer.uint16(checkPacketId(packetId));
  properties.write(writer);
  for (const code of codes) writer.byte(code);
  return writer.bytes;
}

function encodeUnsubscribe(packet: UnsubscribePacket): Uint8Array {
  checkSome(packet.topicFilters, "UNSUBSCRIBE"); // [MQTT-3.10.3-2]
  const properties = new PropertyList(packet.properties, PropertiesOf.UNSUBSCRIBE);
  const filters = packet.topicFilters.map((filter) => encodeUtf8(filter, "topic filter"));
  const size = filters.reduce((sum, filter) => sum + 2 + filter.length, 2 + properties.size);
  const writer = new Writer(Header.UNSUBSCRIBE, size);
  writer.uint16(checkPacketId(packet.packetId));
  properties.write(writer);
  for (const filter of filters) writer.prefixed(filter);
  return writer.bytes;
}

/** DISCONNECT and AUTH: code 0 without properties is left out, and DISCONNECT's property length of 0. */
function encodeLast(header: number, packet: DisconnectPacket | AuthPacket): Uint8Array {
  const { type, reasonCode = 0 } = packet;
  const of = type === "auth" ? PropertiesOf.AUTH : PropertiesOf.DISCONNECT;
  checkReasonCodeToSend(type, reasonCode);
  const properties = new PropertyList(packet.properties, of);
  const isBare = properties.length === 0 && (reasonCode === 0 || type === "disconnect");
  const size = !isBare ? 1 + properties.size : reasonCode === 0 ? 0 : 1;
  const writer = new Writer(header, size);
  if (size > 0) writer.byte(reasonCode);
  if (size > 1) properties.write(writer);
  return writer.bytes;
}
