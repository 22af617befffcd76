/** The last hour. */
import type { RowOf } from "../../../manage/commands.ts";
import type { HandlersOf } from "../../../manage/runner.ts";
import type { Moment } from "../../history.ts";
import { parts } from "../rows.ts";
import type { Desk } from "./all.ts";

/** Their handlers. */
export function historyHandlers({ core }: Desk): HandlersOf<"history"> {
  return {
    history({ since }) {
      core.keepHistory();
      return parts(core.history?.since(since) ?? [], rowOf);
    },
  };
}

function rowOf({ at, values }: Moment): RowOf<"history"> {
  return { at, values: values.map((value) => Number.isNaN(value) ? null : value) };
}
