/**
 * How `midge sub` prints a message: its payload, with its topic, as JSON, or by a format of mosquitto_sub's.
 * Pure. Invariant: the payload's bytes are printed as they are, except in JSON and where a format says
 * otherwise.
 */
import { encodeBase64, encodeHex } from "../encoding.ts";
import type { ReceivedMessage } from "../client/message.ts";
import { UsageError } from "./usage_error.ts";

/** Makes the bytes that stand for a message, its line end included. */
export type MessageFormat = (message: ReceivedMessage) => Uint8Array[];

const ENCODER = new TextEncoder();
const STRICT_DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The payload, behind the topic and a space where that is wanted. */
export function plainFormat(withTopic: boolean, lineEnd: string): MessageFormat {
  const end = ENCODER.encode(lineEnd);
  return ({ topicName, payload }) =>
    withTopic ? [ENCODER.encode(`${topicName} `), payload, end] : [payload, end];
}

/**
 * One JSON object a line: `{"time", "topic", "qos", "retain", "payload"}`; a payload that is not UTF-8 stands
 * in `payloadBase64` instead.
 */
export function jsonFormat(now: () => Date): MessageFormat {
  return (message) => {
    const { topicName, qos, retain, dup, payload } = message;
    const text = utf8(payload);
    const body = text === undefined ? { payloadBase64: encodeBase64(payload) } : { payload: text };
    const line = { time: now().toISOString(), topic: topicName, qos, retain, dup, ...body };
    return [ENCODER.encode(JSON.stringify(line) + "\n")];
  };
}

/** What stands for `%X` in a format. */
type Field = (message: ReceivedMessage, now: Date) => string | Uint8Array;

const FIELDS: Readonly<Record<string, Field>> = {
  t: ({ topicName }) => topicName,
  p: ({ payload }) => payload,
  l: ({ payload }) => String(payload.length),
  q: ({ qos }) => String(qos),
  r: ({ retain }) => retain ? "1" : "0",
  x: ({ payload }) => encodeHex(payload),
  X: ({ payload }) => encodeHex(payload).toUpperCase(),
  b: ({ payload }) => encodeBase64(payload),
  I: (_message, now) => now.toISOString(),
  U: (_message, now) => (now.getTime() / 1000).toFixed(3),
  "%": () => "%",
};

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "0": "\0",
};

/**
 * A format text: `%t` topic, `%p` payload, `%l` its length, `%q` QoS, `%r` retain, `%x` `%X` `%b` payload as
 * hexadecimal or base64, `%I` ISO time, `%U` epoch seconds, `%%`; `\\n` and `\\t`.
 * @throws UsageError for another letter
 */
export function textFormat(format: string, now: () => Date, lineEnd: string): MessageFormat {
  const parts: (string | Field)[] = [];
  for (const [part] of format.matchAll(/%.|\\.|[^%\\]+|[%\\]$/gsu)) {
    if (part.startsWith("%")) parts.push(fieldOf(part));
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
  const field = FIELDS[part.slice(1)];
  if (field !== undefined) return field;
  const known = Object.keys(FIELDS).map((letter) => `%${letter}`).join(" ");
  throw new UsageError(`--format has ${JSON.stringify(part)}, expected one of ${known}`);
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return STRICT_DECODER.decode(bytes);
  } catch {
    return undefined; // the caller has another way to write it
  }
}
