/**
 * How `midge sub` prints a message: its payload, with its topic, as JSON, or by a format of mosquitto_sub's.
 * Pure. Invariant: the payload's bytes are printed as they are, except in JSON and where a format says
 * otherwise.
 */
import { encodeBase64, encodeHex } from "../encoding.ts";
import type { UserProperty } from "../wire/properties.ts";
import type { ReceivedMessage } from "../client/message.ts";
import { jsonOfJson, jsonOfText, midgeJson } from "./message_json.ts";
import { conversionOf } from "./strftime.ts";
import { UsageError } from "./usage_error.ts";

/** Makes the bytes that stand for a message, its line end included. */
export type MessageFormat = (message: ReceivedMessage) => Uint8Array[];

const ENCODER = new TextEncoder();

/** The payload, behind the topic and a space where that is wanted. */
export function plainFormat(withTopic: boolean, lineEnd: string): MessageFormat {
  const end = ENCODER.encode(lineEnd);
  return ({ topicName, payload }) =>
    withTopic ? [ENCODER.encode(`${topicName} `), payload, end] : [payload, end];
}

/** One JSON object a line. */
export function jsonFormat(now: () => Date): MessageFormat {
  return (message) => [ENCODER.encode(`${midgeJson(message, now())}\n`)];
}

/** What stands for `%X` in a format. */
type Field = (message: ReceivedMessage, now: Date) => string | Uint8Array;

const FIELDS: Readonly<Record<string, Field>> = {
  t: ({ topicName }) => topicName,
  p: ({ payload }) => payload,
  l: ({ payload }) => String(payload.length),
  m: ({ packetId }) => String(packetId),
  q: ({ qos }) => String(qos),
  r: ({ retain }) => retain ? "1" : "0",
  x: ({ payload }) => encodeHex(payload),
  X: ({ payload }) => encodeHex(payload).toUpperCase(),
  b: ({ payload }) => encodeBase64(payload),
  j: jsonOfText,
  J: jsonOfJson,
  I: (_message, now) => now.toISOString(),
  U: (_message, now) => (now.getTime() / 1000).toFixed(3),
  // Of MQTT 5, empty where the message does not have them.
  A: () => "", // a topic alias is gone when its message is here
  C: ({ properties }) => properties.contentType ?? "",
  D: ({ properties }) => properties.correlationData ?? "",
  E: ({ properties }) => String(properties.messageExpiryInterval ?? ""),
  F: ({ properties }) => String(properties.payloadFormatIndicator ?? ""),
  P: ({ properties }) => userPropertiesText(properties.userProperties),
  R: ({ properties }) => properties.responseTopic ?? "",
  S: ({ properties }) => properties.subscriptionIdentifiers?.join(",") ?? "",
  "%": () => "%",
};

/** `name:value`, blanks between them. */
function userPropertiesText(pairs: readonly UserProperty[] = []): string {
  return pairs.map(([name, value]) => `${name}:${value}`).join(" ");
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  e: "\x1b",
  n: "\n",
  t: "\t",
  r: "\r",
  v: "\v",
  "\\": "\\",
  "0": "\0",
};

/** A field with how wide it is, a time, an escape, or text. */
const PART = /%[-0]*\d*(?:\.\d+)?.?|@.?|\\.|[^%@\\]+|\\$/gsu;

/**
 * A format text: `%t` topic, `%p` payload, `%l` its length, `%m` packet id, `%q` QoS, `%r` retain, `%x` `%X` `%b`
 * payload as hexadecimal or base64, `%j` `%J` a JSON object, `%I` ISO time, `%U` epoch seconds, `%A` `%C` `%D` `%E` `%F`
 * `%P` `%R` `%S` properties of MQTT 5 as mosquitto_sub's, `%%`; each with a width
 * as printf has it (`%-20t`, `%06l`, `%.8x`); `@Y`, `@m`, ... as strftime has them, `@@`; `\\n` and `\\t`.
 * @throws UsageError for another letter
 */
export function textFormat(format: string, now: () => Date, lineEnd: string): MessageFormat {
  const parts: (string | Field)[] = [];
  for (const [part] of format.matchAll(PART)) {
    if (part.startsWith("%")) parts.push(fieldOf(part));
    else if (part.startsWith("@")) parts.push(timeOf(part));
    else if (part.startsWith("\\")) parts.push(ESCAPES[part.slice(1)] ?? part);
    else parts.push(part);
  }
  return (message) => {
    const time = now();
    const values = parts.map((part) => typeof part === "string" ? part : part(message, time));
    return [...values, lineEnd].map((one) => typeof one === "string" ? ENCODER.encode(one) : one);
  };
}

function fieldOf(part: string): Field {
  const [, flags = "", width = "", most, letter = ""] =
    /^%([-0]*)(\d*)(?:\.(\d+))?(.?)$/su.exec(part) ?? [];
  const field = Object.hasOwn(FIELDS, letter) ? FIELDS[letter] : undefined;
  if (field === undefined) {
    const known = Object.keys(FIELDS).map((one) => `%${one}`).join(" ");
    throw new UsageError(`--format has ${JSON.stringify(part)}, expected one of ${known}`);
  }
  if (flags === "" && width === "" && most === undefined) return field;
  const fill = flags.includes("0") && !flags.includes("-") ? "0" : " ";
  return (message, now) => {
    const value = field(message, now);
    if (typeof value !== "string") return value; // a payload is bytes, not columns
    const text = most === undefined ? value : value.slice(0, Number(most));
    return flags.includes("-") ? text.padEnd(Number(width)) : text.padStart(Number(width), fill);
  };
}

function timeOf(part: string): string | Field {
  const letter = part.slice(1);
  if (letter === "@") return "@";
  const conversion = conversionOf(letter);
  if (conversion !== undefined) return (_message, now) => conversion(now);
  throw new UsageError(
    `--format has ${JSON.stringify(part)}, expected a letter of strftime, or @@ for @`,
  );
}
