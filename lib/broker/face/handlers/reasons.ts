/** Why, and what becomes of messages. */
import type { HandlersOf } from "../../../manage/runner.ts";
import { followMessages } from "../trace.ts";
import { incidentRows } from "../why.ts";
import type { Desk } from "./all.ts";

/** Their handlers. */
export function reasonHandlers({ core }: Desk): HandlersOf<"why" | "trace"> {
  return {
    why: (question) => incidentRows(core, question),
    trace: (following) => followMessages(core, following),
  };
}
