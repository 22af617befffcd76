/** The last hour. */
import type { HandlersOf } from "../../../manage/runner.ts";
import type { Desk } from "./all.ts";
import { later } from "./later.ts";

/** Their handlers. */
export function historyHandlers(_desk: Desk): HandlersOf<"history"> {
  return { history: later };
}
