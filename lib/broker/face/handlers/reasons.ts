/** Why, and what becomes of messages. */
import type { HandlersOf } from "../../../manage/runner.ts";
import type { Desk } from "./all.ts";
import { later } from "./later.ts";

/** Their handlers. */
export function reasonHandlers(_desk: Desk): HandlersOf<"why" | "trace"> {
  return { why: later, trace: later };
}
