/** The options of listings, and of commands that look at and change topics and the log. */
import type { OptionTable } from "../option_table.ts";

/** Their table. */
export const LIST_OPTIONS = {
  search: {
    names: ["search"],
    value: "TEXT",
    help:
      "clients, sessions: in the client id, user or address; topics:\nin the name; upper and lower case are alike",
  },
  limit: {
    names: ["limit"],
    value: "N",
    filled: true,
    help: "listings: no more than N rows",
  },
  dryRun: {
    names: ["dry-run"],
    help: "retained purge, acl rules set: says what would be, and changes\nnothing",
  },
  base64: { names: ["base64"], help: "publish: the payload is base64" },
  contentType: {
    names: ["content-type"],
    value: "TYPE",
    help: "publish: the content type, for clients of MQTT 5",
  },
  expires: {
    names: ["expires"],
    value: "SECONDS",
    filled: true,
    help: "publish: for how long the message holds",
  },
  level: {
    names: ["level"],
    value: "LEVEL",
    choices: ["debug", "info", "warning", "error"],
    filled: true,
    help: "log tail: at least debug, info, warning or error; without it\ninfo",
  },
  logger: {
    names: ["logger"],
    value: "NAME",
    filled: true,
    help: "log tail: of this logger and those below it",
  },
} as const satisfies OptionTable;
