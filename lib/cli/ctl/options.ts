/** The options of `midge ctl`. */
import type { GivenOptions } from "../given_options.ts";
import type { OptionTable } from "../option_table.ts";
import { BAN_OPTIONS } from "./bans.ts";
import { LIST_OPTION_NAMES, LIST_OPTIONS } from "./list_options.ts";
import { USER_OPTIONS } from "./user_options.ts";
import { QUESTION_OPTIONS } from "../question.ts";

/** Of all its commands. */
export const OPTIONS = {
  config: {
    names: ["config", "c"],
    value: "FILE",
    filled: true,
    help: "the configuration that the broker runs with; without it the\nbuilt-in one",
  },
  dataDir: {
    names: ["data-dir"],
    value: "DIR",
    filled: true,
    help: "the folder that the broker writes to, where it was started with\n" +
      "this option; for deno task start it is data",
  },
  socket: {
    names: ["socket"],
    value: "PATH",
    filled: true,
    help: "the broker's socket file instead of both",
  },
  qos: { ...QUESTION_OPTIONS.qos, help: `${QUESTION_OPTIONS.qos.help}; publish` },
  retain: { ...QUESTION_OPTIONS.retain, help: `${QUESTION_OPTIONS.retain.help}; publish` },
  ...BAN_OPTIONS,
  ...USER_OPTIONS,
  ...LIST_OPTIONS,
  json: { names: ["json"], help: "the answer as JSON" },
} as const satisfies OptionTable;

/** Those that only some commands have, beside the ones of questions and bans. */
export const OWN_OPTIONS = ["source", "passwordStdin", ...LIST_OPTION_NAMES] as const;

/** One of them. */
export type OwnOption = typeof OWN_OPTIONS[number];

/** What was given of them. */
export type CtlOptions = GivenOptions<typeof OPTIONS>;
