/**
 * A message as JSON for people and scripts: Midge's form, and mosquitto_sub's. Pure. Invariant: it is one line, in
 * which what moves a cursor or reorders text is escaped.
 */
import type { ReceivedMessage } from "../client/message.ts";
import { encodeBase64 } from "../encoding.ts";
import { escapeJson } from "../log/format.ts";
import { conversionOf } from "./strftime.ts";

const STRICT_DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * `{"time", "topic", "qos", "retain", "dup", "properties", "payload"}`; `payloadBase64` for what is not UTF-8. There are
 * no `properties` where the message has none; `correlationDataBase64` as with the payload.
 */
export function midgeJson(message: ReceivedMessage, now: Date): string {
  const { topicName, qos, retain, dup, payload } = message;
  const text = utf8(payload);
  const body = text === undefined ? { payloadBase64: encodeBase64(payload) } : { payload: text };
  const all = {
    time: now.toISOString(),
    topic: topicName,
    qos,
    retain,
    dup,
    ...propertiesForPeople(message),
    ...body,
  };
  return escapeJson(JSON.stringify(all));
}

function propertiesForPeople({ properties }: ReceivedMessage): { properties?: unknown } {
  const { correlationData, ...others } = properties;
  if (correlationData === undefined) {
    return Object.keys(others).length === 0 ? {} : { properties: others };
  }
  const text = utf8(correlationData);
  const data = text === undefined
    ? { correlationDataBase64: encodeBase64(correlationData) }
    : { correlationData: text };
  return { properties: { ...others, ...data } };
}

/** `,"properties":{...}` with mosquitto's names, in its broker's order; user properties keep a name that comes again. */
function mosquittoProperties({ properties }: ReceivedMessage): string {
  const { correlationData, userProperties, subscriptionIdentifiers } = properties;
  const pairs = (userProperties ?? []).map((pair) =>
    pair.map((one) => JSON.stringify(one)).join(":")
  );
  const all = [
    ...(subscriptionIdentifiers ?? []).map((id) => ["subscription-identifier", id]),
    ["content-type", properties.contentType],
    ["correlation-data", correlationData && new TextDecoder().decode(correlationData)],
    ["payload-format-indicator", properties.payloadFormatIndicator],
    ["response-topic", properties.responseTopic],
  ].filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  if (pairs.length > 0) all.push(`"user-properties":{${pairs.join(",")}}`);
  const expiry = properties.messageExpiryInterval;
  if (expiry !== undefined) all.push(`"message-expiry-interval":${expiry}`);
  return all.length === 0 ? "" : `,"properties":{${all.join(",")}}`;
}

/**
 * As mosquitto_sub's `%j` and `%J`.
 * @param payload as JSON: a text in quotes, or a value
 */
function mosquittoJson(message: ReceivedMessage, now: Date, payload: string): string {
  const { topicName, qos, retain, payload: bytes, packetId } = message;
  const [date, time, offset] = ["F", "T", "z"].map((letter) => conversionOf(letter)?.(now));
  const micros = String(now.getMilliseconds() * 1000).padStart(6, "0");
  const tst = `${date}T${time}.${micros}Z${offset}`;
  const head = { tst, topic: topicName, qos, retain: retain ? 1 : 0, payloadlen: bytes.length };
  const all = qos === 0 ? head : { ...head, mid: packetId };
  const properties = mosquittoProperties(message);
  return escapeJson(`${JSON.stringify(all).slice(0, -1)}${properties},"payload":${payload}}`);
}

/** `%j`: the payload is a text; bytes that are not UTF-8 become U+FFFD. */
export function jsonOfText(message: ReceivedMessage, now: Date): string {
  return mosquittoJson(message, now, JSON.stringify(message.text()));
}

/** `%J`: the payload is JSON, blanks between its parts left out; what is none stands as a text. */
export function jsonOfJson(message: ReceivedMessage, now: Date): string {
  const text = message.text();
  try {
    JSON.parse(text);
  } catch {
    return jsonOfText(message, now); // nothing is lost, and the line is JSON
  }
  return mosquittoJson(message, now, text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, "$1"));
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return STRICT_DECODER.decode(bytes);
  } catch {
    return undefined; // the caller has another way to write it
  }
}
