/** The options that all sources share. Invariant: what comes out is ready to use: milliseconds, numbers in range. */
import {
  check,
  type InferOutput,
  nullish,
  type ObjectEntries,
  type ObjectSchema,
  pipe,
  transform,
  unknown,
} from "valibot";
import { strayProblem } from "../rules/stray.ts";
import { isMapping, underscored } from "../../config/keys.ts";
import {
  durationOption,
  type OptionField,
  optionField,
  optionsOf,
} from "../../config/plugin_options.ts";

/**
 * Names and fields.
 * @internal
 */
type Fields = ObjectEntries;

/**
 * What a mapping of fields gives.
 * @internal
 */
type Section<Entries extends Fields> = InferOutput<ObjectSchema<Entries, undefined>>;

/** A whole number from `least` on. */
export function countOption(least: number): OptionField<number> {
  return optionField(
    (value) => Number.isSafeInteger(value) && Number(value) >= least ? Number(value) : undefined,
    `a whole number, ${least} or more`,
  );
}

/** One of a few words, in capitals too. */
export function choiceOption<const Word extends string>(
  ...words: readonly Word[]
): OptionField<Word> {
  return optionField(
    (value) => words.find((word) => word === String(value).toLowerCase()),
    words.join(", ").replace(/, ([^,]*)$/, " or $1"),
  );
}

/** Text that is not empty. */
export const textOption: OptionField<string> = optionField(
  (value) => typeof value === "string" && value !== "" ? value : undefined,
  "a text",
);

/** Text that is used as it is: a placeholder in it would mean nothing. */
export const fixedTextOption: OptionField<string> = optionField((value) => {
  if (typeof value !== "string" || value === "") return undefined;
  const problem = strayProblem(value);
  return problem === undefined ? value : new Error(`${JSON.stringify(value)}: ${problem}`);
}, "a text");

/** A time to wait, in milliseconds once read; 0 would mean never to wait at all. */
export const waitOption: OptionField<number> = pipe(
  durationOption,
  check((value) => value > 0, "expected a duration above 0"),
);

/**
 * `optionsOf` for options below the top: their keys may be spelled with hyphens too. (At the top the
 * loader sees to that.)
 */
export function sectionOf<const Entries extends Fields>(
  entries: Entries,
): OptionField<Section<Entries>> {
  const known = Object.keys(entries);
  const read = transform((value: unknown) => isMapping(value) ? respelled(value, known) : value);
  return pipe(unknown(), read, optionsOf(entries));
}

/** A key in both spellings stays in both, and the hyphenated one is then unknown. */
function respelled(
  options: Record<string, unknown>,
  known: readonly string[],
): Record<string, unknown> {
  const spell = (key: string) => {
    const name = underscored(key);
    return known.includes(name) && !Object.hasOwn(options, name) ? name : key;
  };
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [spell(key), value]));
}

/** Entries for `optionsOf`; AccessSource takes what they give. */
export const SOURCE_OPTIONS = {
  /** For a whole decision, whatever it takes. */
  timeout: nullish(waitOption, 5),
  /** What a source that failed says. */
  on_error: nullish(choiceOption("deny", "ignore"), "deny"),
  /** How long an authorization is remembered; 0: not at all. */
  cache_ttl: nullish(durationOption, 10),
} as const;
