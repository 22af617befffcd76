// @ts-check
/**
 * The properties of MQTT 5, section 2.2.2, by the table of all of them. Invariant: a row is the whole truth about its
 * property. (The broker is trusted to send none where it does not belong.)
 */
import { MalformedError, Reader, Writer } from "./bytes.js";

/**
 * @typedef {readonly [name: string, value: string]} UserProperty
 * @typedef {object} Properties what is absent stands for the standard's default
 * @property {number} [payloadFormatIndicator] 1: the payload is UTF-8
 * @property {number} [messageExpiryInterval] seconds
 * @property {string} [contentType]
 * @property {string} [responseTopic]
 * @property {Uint8Array} [correlationData]
 * @property {number[]} [subscriptionIdentifiers]
 * @property {number} [sessionExpiryInterval] seconds
 * @property {string} [assignedClientIdentifier]
 * @property {number} [serverKeepAlive] seconds
 * @property {string} [serverReference]
 * @property {string} [reasonString] for people
 * @property {number} [receiveMaximum]
 * @property {number} [topicAliasMaximum]
 * @property {number} [topicAlias]
 * @property {number} [maximumQos]
 * @property {boolean} [retainAvailable]
 * @property {UserProperty[]} [userProperties]
 * @property {number} [maximumPacketSize] bytes
 */

/** @typedef {"byte" | "flag" | "uint16" | "uint32" | "varint" | "text" | "binary" | "pair"} Kind */

/** @type {readonly (readonly [id: number, key: string, kind: Kind])[]} */
const ROWS = [
  [0x01, "payloadFormatIndicator", "byte"],
  [0x02, "messageExpiryInterval", "uint32"],
  [0x03, "contentType", "text"],
  [0x08, "responseTopic", "text"],
  [0x09, "correlationData", "binary"],
  [0x0b, "subscriptionIdentifiers", "varint"],
  [0x11, "sessionExpiryInterval", "uint32"],
  [0x12, "assignedClientIdentifier", "text"],
  [0x13, "serverKeepAlive", "uint16"],
  [0x15, "authenticationMethod", "text"],
  [0x16, "authenticationData", "binary"],
  [0x17, "requestProblemInformation", "flag"],
  [0x18, "willDelayInterval", "uint32"],
  [0x19, "requestResponseInformation", "flag"],
  [0x1a, "responseInformation", "text"],
  [0x1c, "serverReference", "text"],
  [0x1f, "reasonString", "text"],
  [0x21, "receiveMaximum", "uint16"],
  [0x22, "topicAliasMaximum", "uint16"],
  [0x23, "topicAlias", "uint16"],
  [0x24, "maximumQos", "byte"],
  [0x25, "retainAvailable", "flag"],
  [0x26, "userProperties", "pair"],
  [0x27, "maximumPacketSize", "uint32"],
  [0x28, "wildcardSubscriptionAvailable", "flag"],
  [0x29, "subscriptionIdentifiersAvailable", "flag"],
  [0x2a, "sharedSubscriptionAvailable", "flag"],
];
const BY_ID = new Map(ROWS.map(([id, key, kind]) => [id, { key, kind }]));

/** A list is what may come more than once. @param {Kind} kind */
const isList = (kind) => kind === "pair" || kind === "varint";

/** @param {Reader} reader @param {Kind} kind */
function readValue(reader, kind) {
  if (kind === "flag") return reader.byte() === 1;
  if (kind === "pair") return [reader.text(), reader.text()];
  return reader[kind]();
}

/**
 * Reads a property length and the properties behind it.
 * @param {Reader} reader
 * @returns {Properties}
 */
export function readProperties(reader) {
  /** @type {Record<string, any>} */
  const properties = {};
  const length = reader.varint();
  const list = new Reader(reader.take(length));
  while (list.left > 0) {
    const id = list.varint();
    const row = BY_ID.get(id);
    if (row === undefined) throw new MalformedError(`there is no property ${id}`);
    const value = readValue(list, row.kind);
    if (isList(row.kind)) (properties[row.key] ??= []).push(value);
    else properties[row.key] = value;
  }
  return properties;
}

/** @param {Writer} writer @param {Kind} kind @param {any} value */
function writeValue(writer, kind, value) {
  if (kind === "flag") writer.byte(value ? 1 : 0);
  else if (kind === "pair") writer.text(value[0]).text(value[1]);
  else writer[kind](/** @type {never} */ (value));
}

/**
 * Writes a property length and the properties behind it; undefined ones are left out.
 * @param {Writer} writer
 * @param {Properties} properties
 */
export function writeProperties(writer, properties) {
  const list = new Writer();
  const values = /** @type {Record<string, any>} */ (properties);
  for (const [id, key, kind] of ROWS) {
    const value = values[key];
    if (value === undefined) continue;
    for (const one of isList(kind) ? value : [value]) writeValue(list.byte(id), kind, one);
  }
  writer.varint(list.length).raw(list.bytes());
}
