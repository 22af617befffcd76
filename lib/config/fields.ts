/**
 * The field types of the configuration as valibot schemas, and the reader that checks one section
 * with them. Used by schema.ts, listeners.ts and amqtt.ts. Invariant: every issue of a field says
 * what was expected, so that all error lines look alike; null means the same as leaving a key out.
 */
import * as v from "valibot";
import type { LogLevel } from "./types.ts";
import { canonicalKeys, isMapping } from "./keys.ts";
import type { KeyPath, Problems } from "./problems.ts";
import { noneAsInfinity, readCount, readDuration, readSize, readSwitch } from "./units.ts";

/** A schema from anything to one type of value. */
export type Field<T> = v.GenericSchema<unknown, T>;

/** A field: `read` gives the value as the broker uses it, or undefined when it is not acceptable. */
export function field<T>(read: (value: unknown) => T | undefined, expected: string): Field<T> {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      const value = read(dataset.value);
      if (value !== undefined) return value;
      addIssue({ message: expected });
      return NEVER;
    }),
  );
}

/** Milliseconds. */
export const duration = field(
  readDuration,
  "a duration such as 10 (seconds), 500ms, 5s, 1m, 2h, 7d",
);

/** Milliseconds; 0 is no limit. */
export const durationLimit = field(
  (value) => noneAsInfinity(readDuration(value)),
  "a duration such as 10 (seconds), 500ms, 5s, 1m, 2h, 7d, or 0 for no limit",
);

/** Bytes; 0 is no limit. */
export const sizeLimit = field(
  (value) => noneAsInfinity(readSize(value)),
  "a size such as 4096 (bytes), 64KiB, 1MiB, or 0 for no limit",
);

/** A whole number; 0 is no limit. */
export const countLimit = field(
  (value) => noneAsInfinity(readCount(value)),
  "a whole number, or 0 for no limit",
);

/** A whole number, zero or more. */
export const count = field(readCount, "a whole number, zero or more");

/** true or false. */
export const flag = field(readSwitch, "true or false");

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): Field<T> {
  return field(
    (value) => words.find((word) => word === value),
    words.join(", ").replace(/, ([^,]*)$/, " or $1"),
  );
}

/** A log level; `warn` and capital letters are accepted. */
export const logLevel = field<LogLevel>((value) => {
  const level = String(value).toLowerCase();
  if (level === "debug" || level === "info" || level === "error") return level;
  return level === "warning" || level === "warn" ? "warning" : undefined;
}, "debug, info, warning or error");

/**
 * Checks one section: hyphens in its keys become underscores; unknown keys and unacceptable values
 * are reported, and their defaults stand in for them, so that reading can go on and find the rest.
 * Null and undefined count as an empty section.
 */
export function readSection<Entries extends v.ObjectEntries>(
  schema: v.ObjectSchema<Entries, undefined>,
  raw: unknown,
  path: KeyPath,
  problems: Problems,
): v.InferOutput<v.ObjectSchema<Entries, undefined>> {
  const known = Object.keys(schema.entries);
  const given = raw ?? {};
  if (!isMapping(given)) {
    problems.addValue(path, raw, `a mapping with keys such as ${known.slice(0, 3).join(", ")}`);
    return v.parse(schema, {});
  }
  const input = canonicalKeys(given, known, path, problems);
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  for (const issue of result.issues) {
    const key = String(issue.path?.[0].key);
    problems.addValue([...path, key], issue.input, issue.message);
    delete input[key];
  }
  return v.parse(schema, input);
}
