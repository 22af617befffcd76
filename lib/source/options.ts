/**
 * The options that all sources share. Used by the packaged plugins mysql, postgres, redis, mongodb and http.
 * Invariant: what comes out is ready to use: milliseconds, numbers in range.
 */
import { check, nullish, pipe } from "valibot";
import { durationOption, type OptionField, optionField } from "../config/plugin_options.ts";

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

/** A time to wait, in milliseconds once read; 0 would mean never to wait at all. */
export const waitOption = pipe(
  durationOption,
  check((value) => value > 0, "expected a duration above 0"),
);

/** Entries for `optionsOf`; AccessSource takes what they give. */
export const SOURCE_OPTIONS = {
  /** For a whole decision, whatever it takes. */
  timeout: nullish(waitOption, 5),
  /** What a source that failed says. */
  on_error: nullish(choiceOption("deny", "ignore"), "deny"),
  /** How long an authorization is remembered; 0: not at all. */
  cache_ttl: nullish(durationOption, 10),
} as const;
