/** The options of `midge ctl`. */
import type { GivenOptions } from "../given_options.ts";
import type { OptionTable } from "../option_table.ts";
import { ADDRESS_OPTIONS } from "./address.ts";
import { BAN_OPTIONS } from "./bans.ts";
import { CHANGE_OPTIONS } from "./change_options.ts";
import { REASON_OPTIONS } from "./reasons.ts";
import { QUESTION_OPTIONS } from "../question.ts";

/** Of all its commands. */
export const OPTIONS = {
  ...ADDRESS_OPTIONS,
  ...QUESTION_OPTIONS,
  ...BAN_OPTIONS,
  ...CHANGE_OPTIONS,
  ...REASON_OPTIONS,
  json: { names: ["json"], help: "the answer as JSON" },
} as const satisfies OptionTable;

/** Those that only some commands have, beside the ones of questions and bans. */
export const OWN_OPTIONS = [
  "source",
  "passwordStdin",
  "dryRun",
  "revision",
  "readOnly",
  "name",
  "client",
  "topic",
  "kind",
  "seconds",
] as const;

/** One of them. */
export type OwnOption = typeof OWN_OPTIONS[number];

/** What was given of them. */
export type CtlOptions = GivenOptions<typeof OPTIONS>;
