// @ts-check
/**
 * A message as the page keeps it. Invariants: it holds no buffer but its own; what it takes is bounded, whatever came.
 */

/**
 * @typedef {object} Message
 * @property {string} topicName
 * @property {Uint8Array<ArrayBuffer> | null} payload the first bytes; null: not kept
 * @property {number} bytes of the whole payload
 * @property {number | null} qos of the delivery to the page; null: not known
 * @property {boolean} retain
 * @property {number | null} at milliseconds since 1970
 * @property {[name: string, value: string][]} properties what else the message says, as text
 */

/** Bytes of a payload that are kept. */
export const MAX_PAYLOAD = 65_536;
const MAX_PROPERTIES = 32;
const MAX_TEXT = 1_024;

/** Is the payload here from end to end? @param {Message} message */
export function isWhole({ payload, bytes }) {
  return payload !== null && payload.length === bytes;
}

/** @param {string} text */
function cut(text) {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** @param {Uint8Array} bytes */
function hexOf(bytes) {
  return [...bytes.subarray(0, 64)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** @param {import("../../mqtt/properties.js").Properties} properties @returns {[string, string][]} */
function textsOf(properties) {
  /** @type {[string, string | number | undefined][]} */
  const known = [
    ["Content type", properties.contentType],
    ["Response topic", properties.responseTopic],
    ["Correlation data", properties.correlationData && hexOf(properties.correlationData)],
    ["Expires in", properties.messageExpiryInterval && `${properties.messageExpiryInterval} s`],
    ["Payload format", properties.payloadFormatIndicator === 1 ? "UTF-8" : undefined],
  ];
  /** @type {[string, string][]} */
  const texts = known.flatMap(([name, value]) =>
    value === undefined ? [] : [/** @type {[string, string]} */ ([name, cut(String(value))])]
  );
  for (const [name, value] of (properties.userProperties ?? []).slice(0, MAX_PROPERTIES)) {
    texts.push([`User property ${cut(name)}`, cut(value)]);
  }
  return texts;
}

/**
 * @param {import("../../mqtt/decode.js").Published} published
 * @param {number} at milliseconds since 1970
 * @param {number} [max] bytes of the payload to keep
 * @returns {Message}
 */
export function keptMessage(
  { topicName, payload, qos, retain, properties },
  at,
  max = MAX_PAYLOAD,
) {
  return {
    topicName,
    payload: payload.slice(0, max), // not a view: that would hold all that came with it
    bytes: payload.length,
    qos,
    retain,
    at,
    properties: textsOf(properties),
  };
}

/** Base64, as the API has payloads. @param {string} text @returns {Uint8Array<ArrayBuffer>} */
export function bytesOf(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at++) bytes[at] = raw.charCodeAt(at);
  return bytes;
}
