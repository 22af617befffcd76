/**
 * What a running broker can be told to do: a handler for each command of lib/manage, on top of Admin. Invariant: what
 * changes something says so in the log, with who asked.
 */
import type { CommandHandlers } from "../../../manage/runner.ts";
import type { Caller } from "../../../plugin/management.ts";
import type { Core } from "../../core.ts";
import type { Admin } from "../admin.ts";
import { aclHandlers } from "./acl.ts";
import { banHandlers } from "./bans.ts";
import { brokerHandlers } from "./broker.ts";
import { clientHandlers } from "./clients.ts";
import { historyHandlers } from "./history.ts";
import { logHandlers } from "./log.ts";
import { reasonHandlers } from "./reasons.ts";
import { ruleHandlers } from "./rules.ts";
import { tokenHandlers } from "./tokens.ts";
import { topicHandlers } from "./topics.ts";
import { userHandlers } from "./users.ts";

/** What every handler stands on. */
export interface Desk {
  readonly core: Core;
  readonly admin: Admin;
  /** Says in the log what was done, and by whom. */
  note(caller: Caller, what: string): void;
}

/** The handlers of one broker. */
export function commandHandlers(core: Core, admin: Admin): CommandHandlers {
  const desk: Desk = {
    core,
    admin,
    note: ({ name }, what) => core.logger.info(`management: ${what}, by ${name}`),
  };
  return {
    ...brokerHandlers(desk),
    ...historyHandlers(desk),
    ...clientHandlers(desk),
    ...topicHandlers(desk),
    ...aclHandlers(desk),
    ...ruleHandlers(desk),
    ...banHandlers(desk),
    ...userHandlers(desk),
    ...tokenHandlers(desk),
    ...logHandlers(desk),
    ...reasonHandlers(desk),
  };
}
