/**
 * The types of configuration values: what people may write, what the program gets, and the words for a mistake.
 * Invariant: every refusal says what was there and what was expected, so that all error lines look alike.
 */
import type { KeyPath, Problems } from "./problems.ts";
import { noneAsInfinity, readCount, readDuration, readSize, readSwitch } from "./units.ts";

/** A duration as people write it: a number of seconds, or `500ms`, `5s`, `1m`, `2h`, `7d`. */
export type DurationText = number | string;
/** A size as people write it: a number of bytes, or `64KiB`, `1MiB`. */
export type SizeText = number | string;
/** Log levels, least to most. */
export type LogLevel = "debug" | "info" | "warning" | "error";

/** A type of value: `Written` by people, used as `Value`. */
export interface Field<Value, Written = Value> {
  /** The value as the program uses it; undefined, or an Error with a line of its own, for what is no such value. */
  read(value: unknown): Value | Error | undefined;
  /** Ends the line `got VALUE, expected ...`. */
  readonly expected: string;
  /** What a plain number counts. */
  readonly unit?: "bytes" | "seconds" | undefined;
  /** Is null a value? Else it is the same as leaving the key out. */
  readonly takesNull?: boolean | undefined;
  /** Is it, or is there in it, what no one may read in an error line? */
  readonly isSecret?: boolean | undefined;
  /** Never there: lets TypeScript know what people write. */
  readonly written?: Written;
}

/** Makes a field. */
export function field<Value, Written = Value>(
  read: (value: unknown) => Value | Error | undefined,
  expected: string,
  more: Pick<Field<Value, Written>, "unit" | "takesNull" | "isSecret"> = {},
): Field<Value, Written> {
  return { read, expected, ...more };
}

/** The value as the program uses it; undefined for what is no such value, and a problem is noted. */
export function readValue<Value>(
  type: Field<Value, unknown>,
  written: unknown,
  path: KeyPath,
  problems: Problems,
): Value | undefined {
  const value = type.read(written);
  if (value === undefined) {
    if (type.isSecret) problems.addSecret(path, written, type.expected);
    else problems.addValue(path, written, type.expected);
  }
  if (!(value instanceof Error)) return value;
  problems.add(path, value.message);
  return undefined;
}

const DURATIONS = "a duration such as 10 (seconds), 500ms, 5s, 1m, 2h, 7d";
const SIZES = "a size such as 4096 (bytes), 64KiB, 1MiB";

/** Milliseconds. */
export const duration = field<number, DurationText>(readDuration, DURATIONS, { unit: "seconds" });

/** Milliseconds; 0 is no limit. */
export const durationLimit = field<number, DurationText>(
  (value) => noneAsInfinity(readDuration(value)),
  `${DURATIONS}, or 0 for no limit`,
  { unit: "seconds" },
);

/** Bytes; 0 is no limit. */
export const sizeLimit = field<number, SizeText>(
  (value) => noneAsInfinity(readSize(value)),
  `${SIZES}, or 0 for no limit`,
  { unit: "bytes" },
);

/** A whole number; 0 is no limit. */
export const countLimit = field<number>(
  (value) => noneAsInfinity(readCount(value)),
  "a whole number, or 0 for no limit",
);

/** A whole number, zero or more. */
export const count = field<number>(readCount, "a whole number, zero or more");

const MAX_INFLIGHT = 65_535;

/** As many packet ids as there are at most; 0 stands for all of them. */
export const inflight = field<number>((value) => {
  const read = readCount(value);
  return read !== undefined && read <= MAX_INFLIGHT ? read || MAX_INFLIGHT : undefined;
}, `a whole number up to ${MAX_INFLIGHT}, or 0 for ${MAX_INFLIGHT}`);

/** true or false. */
export const flag = field<boolean>(readSwitch, "true or false");

/** A text that is not empty. */
export const text = textField("text");

/** A text that is not empty, with words of its own for a mistake. */
export function textField(expected: string): Field<string> {
  return field((value) => typeof value === "string" && value !== "" ? value : undefined, expected);
}

/** Any text. */
export const anyText = field<string>(
  (value) => typeof value === "string" ? value : undefined,
  "text",
);

/** A path; the text of a certificate or key in its place is a mistake that no error line repeats. */
export const path = field<string>(
  (value) =>
    typeof value === "string" && value !== "" && !/[\r\n]|-----BEGIN /.test(value)
      ? value
      : undefined,
  "a path",
);

/** Any text, which no one may read in an error line. */
export const secretText = field<string>(anyText.read, "a text (a number needs quotes)", {
  isSecret: true,
});

/** The same field as one whose values no error line shows. */
export function secret<Value, Written>(type: Field<Value, Written>): Field<Value, Written> {
  return { ...type, isSecret: true };
}

/** One of a few words or numbers. */
export function oneOf<const Choice extends string | number>(
  ...choices: readonly Choice[]
): Field<Choice> {
  return field(
    (value) => choices.find((one) => one === value),
    choices.join(", ").replace(/, ([^,]*)$/, " or $1"),
  );
}

/** A log level; `warn` and capital letters are accepted. */
export const logLevel = field<LogLevel>((value) => {
  const level = String(value).toLowerCase();
  if (level === "debug" || level === "info" || level === "error") return level;
  return level === "warning" || level === "warn" ? "warning" : undefined;
}, "debug, info, warning or error");

/** A value that is read elsewhere, as it was written; null too. */
export function anything<Written = unknown>(): Field<unknown, Written> {
  return field<unknown, Written>((value) => value, "anything", { takesNull: true });
}
