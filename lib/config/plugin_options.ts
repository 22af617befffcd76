/**
 * What packaged plugins describe their options with: field types whose errors say what was there and
 * what was expected, and mappings that name unknown keys. Invariant: an issue's message reads on its own
 * behind the option's path.
 */
import * as v from "valibot";
import { kindOf } from "../secrets.ts";
import { suggestion } from "./keys.ts";
import { show } from "./problems.ts";
import { duration, type Field, flag, path } from "./fields.ts";

/**
 * valibot's schema, where our documentation ends.
 * @internal
 */
type FieldSchema<T> = v.GenericSchema<unknown, T>;

/**
 * Names and fields.
 * @internal
 */
type Fields = v.ObjectEntries;

/**
 * valibot's schema of a mapping.
 * @internal
 */
type MappingSchema<Entries extends Fields> = v.StrictObjectSchema<
  Entries,
  (issue: v.StrictObjectIssue) => string
>;

/** A schema from anything to one type of value; wrap it in valibot's functions as you like. */
export type OptionField<T> = FieldSchema<T>;

/**
 * In the metadata of a schema whose values no one may see.
 * @internal
 */
export const SECRET_MARK = "isSecret";

/**
 * An option's type: `read` gives the value as the plugin uses it, or undefined when it is not
 * acceptable, or an Error whose message says why.
 *
 * @param expected Ends the sentence `got VALUE, expected ...`.
 * @param shown How that sentence shows the value; `kindOf` for secrets, which do not stand in `read`'s errors either.
 */
export function optionField<T>(
  read: (value: unknown) => T | Error | undefined,
  expected: string,
  shown: (value: unknown) => string = show,
): OptionField<T> {
  const checked = v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      const value = read(dataset.value);
      if (value !== undefined && !(value instanceof Error)) return value;
      const got = `got ${shown(dataset.value)}, expected ${expected}`;
      addIssue({ message: value instanceof Error ? value.message : got });
      return NEVER;
    }),
  );
  return shown === kindOf ? v.pipe(checked, v.metadata({ [SECRET_MARK]: true })) : checked;
}

function optionOf<Value>({ read, expected }: Field<Value, unknown>): OptionField<Value> {
  return optionField(read, expected);
}

/** Milliseconds. */
export const durationOption: OptionField<number> = optionOf(duration);

/** true or false; also YAML 1.1's on, off, yes, no. */
export const switchOption: OptionField<boolean> = optionOf(flag);

/** A path, as it is written. */
export const pathOption: OptionField<string> = optionOf(path);

/** A mapping with these options and no others. Wrap what may be left out in valibot's `optional`. */
export function optionsOf<const Entries extends Fields>(entries: Entries): MappingSchema<Entries> {
  const known = Object.keys(entries);
  return v.strictObject(entries, (issue) => {
    const key = issue.path?.[0]?.key;
    // There may be a secret in it: `password:x`, without a space, is a text.
    if (key === undefined) return `got ${kindOf(issue.input)}, expected a mapping of options`;
    if (issue.expected === "never") {
      return `unknown option; ${suggestion(String(key), known, "options")}`;
    }
    return "missing; this option must be given";
  });
}
