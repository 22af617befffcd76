/** The options of `midge ctl`. */
import type { GivenOptions } from "../given_options.ts";
import type { OptionTable } from "../option_table.ts";
import { ADDRESS_OPTIONS } from "./address.ts";
import { BAN_OPTIONS } from "./bans.ts";
import { CHANGE_OPTIONS } from "./change_options.ts";
import { LIST_OPTIONS } from "./list_options.ts";
import { REASON_OPTIONS } from "./reasons.ts";
import { QUESTION_OPTIONS } from "../question.ts";

/** Of all its commands. */
export const OPTIONS = {
  ...ADDRESS_OPTIONS,
  qos: { ...QUESTION_OPTIONS.qos, help: `${QUESTION_OPTIONS.qos.help}; publish` },
  retain: { ...QUESTION_OPTIONS.retain, help: `${QUESTION_OPTIONS.retain.help}; publish` },
  ...BAN_OPTIONS,
  ...CHANGE_OPTIONS,
  ...LIST_OPTIONS,
  ...REASON_OPTIONS,
  topic: {
    ...REASON_OPTIONS.topic,
    help: `${REASON_OPTIONS.topic.help};\nsubscriptions: only those that match this topic name`,
  },
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
  "search",
  "limit",
  "base64",
  "contentType",
  "expires",
  "level",
  "logger",
] as const satisfies readonly (keyof typeof OPTIONS)[];

/** One of them. */
export type OwnOption = typeof OWN_OPTIONS[number];

/** What was given of them. */
export type CtlOptions = GivenOptions<typeof OPTIONS>;
