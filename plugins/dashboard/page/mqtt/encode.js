// @ts-check
/**
 * The packets that a client of MQTT 5 sends, as bytes. Invariant: a RangeError says what does not fit; nothing is cut.
 */
import { Writer } from "./bytes.js";
import { writeProperties } from "./properties.js";

/**
 * @typedef {import("./properties.js").Properties} Properties
 * @typedef {0 | 1 | 2} QoS
 * @typedef {{ topicFilter: string, qos?: QoS, noLocal?: boolean, retainAsPublished?: boolean, retainHandling?: 0 | 1 | 2 }} Subscription
 * @typedef {{ topicName: string, payload: Uint8Array, qos?: QoS, retain?: boolean, packetId?: number, properties?: Properties }} Publish
 */

/** @param {number} header @param {Writer} body */
function packet(header, body) {
  if (body.length > 268_435_455) throw new RangeError("a packet of more than 256 MiB");
  return new Writer().byte(header).varint(body.length).raw(body.bytes()).bytes();
}

/**
 * CONNECT with a clean start, without a username: the server knows who it is.
 * @param {{ clientId: string, keepAlive: number, properties?: Properties }} options keepAlive in seconds
 */
export function encodeConnect({ clientId, keepAlive, properties = {} }) {
  const CLEAN_START = 2;
  const body = new Writer().text("MQTT").byte(5).byte(CLEAN_START).uint16(keepAlive);
  writeProperties(body, properties);
  return packet(0x10, body.text(clientId));
}

/** @param {number} packetId @param {readonly Subscription[]} subscriptions */
export function encodeSubscribe(packetId, subscriptions) {
  const body = new Writer().uint16(packetId);
  writeProperties(body, {});
  for (const one of subscriptions) {
    const { topicFilter, qos = 0, noLocal, retainAsPublished, retainHandling = 0 } = one;
    const flags = (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0);
    body.text(topicFilter).byte(qos | flags | retainHandling << 4);
  }
  return packet(0x82, body);
}

/** @param {number} packetId @param {readonly string[]} topicFilters */
export function encodeUnsubscribe(packetId, topicFilters) {
  const body = new Writer().uint16(packetId);
  writeProperties(body, {});
  for (const topicFilter of topicFilters) body.text(topicFilter);
  return packet(0xa2, body);
}

/** @param {Publish} publish */
export function encodePublish({ topicName, payload, qos = 0, retain, packetId = 0, properties }) {
  const body = new Writer().text(topicName);
  if (qos > 0) body.uint16(packetId);
  writeProperties(body, properties ?? {});
  return packet(0x30 | qos << 1 | (retain ? 1 : 0), body.raw(payload));
}

const ACKS = { puback: 0x40, pubrec: 0x50, pubrel: 0x62, pubcomp: 0x70 };

/** @param {keyof typeof ACKS} type @param {number} packetId @param {number} [reasonCode] */
export function encodeAck(type, packetId, reasonCode = 0) {
  const body = new Writer().uint16(packetId);
  if (reasonCode !== 0) body.byte(reasonCode);
  return packet(ACKS[type], body);
}

export function encodePing() {
  return Uint8Array.of(0xc0, 0);
}

/** @param {number} [reasonCode] */
export function encodeDisconnect(reasonCode = 0) {
  return reasonCode === 0 ? Uint8Array.of(0xe0, 0) : Uint8Array.of(0xe0, 1, reasonCode);
}
