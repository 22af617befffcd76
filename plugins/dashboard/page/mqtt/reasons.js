// @ts-check
/** Reason codes of MQTT 5, section 2.4, in words for people. Invariant: a code that is not known is shown as a number. */

/** @type {Record<number, string>} */
const WORDS = {
  0x00: "done",
  0x01: "granted, at most QoS 1",
  0x02: "granted, at most QoS 2",
  0x04: "the connection ended, with its will",
  0x10: "no one is subscribed to it",
  0x11: "there was no such subscription",
  0x80: "refused, for a reason that was not said",
  0x81: "malformed packet",
  0x82: "protocol error",
  0x83: "refused by the broker",
  0x84: "this protocol version is not served",
  0x85: "the client id is not valid",
  0x86: "wrong username or password",
  0x87: "not authorized",
  0x88: "the broker is not available",
  0x89: "the broker is busy",
  0x8a: "banned",
  0x8b: "the broker is shutting down",
  0x8c: "bad authentication method",
  0x8d: "keep-alive timed out",
  0x8e: "another connection has taken the session over",
  0x8f: "the topic filter is not valid",
  0x90: "the topic name is not valid",
  0x91: "the packet identifier is in use",
  0x92: "the packet identifier was not found",
  0x93: "receive maximum exceeded",
  0x94: "the topic alias is not valid",
  0x95: "the packet is too large",
  0x96: "too many messages",
  0x97: "a quota is exceeded",
  0x98: "ended by an administrator",
  0x99: "the payload is not of the format that it says",
  0x9a: "retained messages are not supported",
  0x9b: "this QoS is not supported",
  0x9c: "use another server",
  0x9d: "the server has moved",
  0x9e: "shared subscriptions are not supported",
  0x9f: "too many connections",
  0xa0: "the connection was open for as long as it may be",
  0xa1: "subscription identifiers are not supported",
  0xa2: "wildcard subscriptions are not supported",
};

/**
 * `not authorized (0x87)`, with what the broker said beside the code.
 * @param {number} code
 * @param {{ reasonString?: string }} [properties] of the packet
 */
export function reasonText(code, { reasonString } = {}) {
  const number = `0x${code.toString(16).padStart(2, "0")}`;
  const words = WORDS[code];
  const text = words === undefined ? `reason code ${number}` : `${words} (${number})`;
  return reasonString === undefined ? text : `${text}: ${reasonString}`;
}

/** @param {number} code */
export function isFailure(code) {
  return code >= 0x80;
}
