/**
 * A log record -> one line of text or JSON. Invariants: pure; a record is exactly one line whatever
 * its values hold: control characters, line separators and terminal escapes are written as escapes,
 * long texts and lists are cut and say so, and nothing here throws.
 */
import type { LogLevel, LogRecord } from "@logtape/logtape";
import { shown } from "../shown.ts";

/** Characters of a message, and of a text among its properties. */
const LONGEST_MESSAGE = 4000;
const LONGEST_VALUE = 256;
const LONGEST_LIST = 50;

/** Characters that end a line, move a cursor or reorder text on a terminal; lone surrogates too. */
const UNSAFE =
  // deno-lint-ignore no-control-regex -- these are what must not reach the log
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Surrogate}/gu;

const SHORT_ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text with every unsafe character as `\n`, `\x1b`, `\u2028`. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return SHORT_ESCAPES[character] ??
      (code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`);
  });
}

/** What JSON has no way to write, in a way it has; what is too long, cut. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Error) return shown(`${value.name}: ${value.message}`, LONGEST_VALUE);
  if (typeof value === "string") return shown(value, LONGEST_VALUE);
  if (Array.isArray(value) && value.length > LONGEST_LIST) {
    return [...value.slice(0, LONGEST_LIST), `... (${value.length} in all)`];
  }
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return value;
}

/** JSON of anything; a value that cannot be written (a cycle, a getter that throws) is named so. */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value, jsonValue) ?? String(value);
  } catch {
    return '"(cannot be shown)"'; // a log line about a broken value is better than none
  }
}

/** A property's value: bare when it reads well bare, in quotes otherwise. */
function showValue(value: unknown): string {
  const json = toJson(value);
  const bare = typeof value === "string"
    ? shown(value, LONGEST_VALUE)
    : json.startsWith('"')
    ? json.slice(1, -1)
    : json;
  return /^[^\s"'={}\\]+$/.test(bare) ? bare : json;
}

const LEVEL_COLORS: Readonly<Record<LogLevel, string>> = {
  trace: "90",
  debug: "90",
  info: "32",
  warning: "33",
  error: "31",
  fatal: "31",
};

function messageOf(record: LogRecord): string {
  const parts = record.message.map((part) => typeof part === "string" ? part : showValue(part));
  return shown(parts.join(""), LONGEST_MESSAGE);
}

/** `2026-11-22T03:14:15.123Z info midge.broker: text key=value`, without a line end. */
export function formatText(record: LogRecord, colored: boolean): string {
  const paint = (code: string, text: string) => colored ? `\x1b[${code}m${text}\x1b[0m` : text;
  const time = paint("90", new Date(record.timestamp).toISOString());
  const level = paint(LEVEL_COLORS[record.level], record.level.padEnd(7));
  return `${time} ${level} ${escapeText(record.category.join("."))}: ${lineOf(record)}`;
}

/** The message with its properties, `text key=value`, in one line. */
export function lineOf(record: LogRecord): string {
  const pairs = Object.entries(record.properties)
    .map(([key, value]) => ` ${key}=${showValue(value)}`);
  return escapeText(messageOf(record) + pairs.join(""));
}

/** One JSON object with `time`, `level`, `logger`, `message` and, where there are any, `properties`. */
export function formatJson(record: LogRecord): string {
  const line: Record<string, unknown> = {
    time: new Date(record.timestamp).toISOString(),
    level: record.level,
    logger: record.category.join("."),
    message: messageOf(record),
  };
  if (Object.keys(record.properties).length === 0) return escapeJson(toJson(line));
  const head = toJson(line).slice(0, -1);
  return escapeJson(`${head},"properties":${toJson(record.properties)}}`);
}

/** JSON.stringify leaves characters beyond ASCII as they are; the unsafe ones of them as \u escapes. */
export function escapeJson(json: string): string {
  return json.replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
