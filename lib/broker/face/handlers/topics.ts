/** Topics, retained messages, publishing. */
import type { HandlersOf } from "../../../manage/runner.ts";
import { UserError } from "../../../user_error.ts";
import type { Desk } from "./all.ts";
import { later } from "./later.ts";

type Handlers = HandlersOf<
  | "topics"
  | "topic"
  | "retained"
  | "retained get"
  | "retained delete"
  | "retained purge"
  | "retained undo"
  | "publish"
>;

/** Their handlers. */
export function topicHandlers({ admin, note }: Desk): Handlers {
  return {
    topics: later,
    topic: later,
    retained: ({ topicFilter }) => admin.retainedRows(topicFilter),
    "retained get": later,
    "retained delete"({ topicName }, caller) {
      if (!admin.deleteRetained(topicName)) throw nothingRetained(topicName);
      note(caller, `retained message of ${topicName} deleted`);
      return { topicName, undo: null };
    },
    "retained purge": later,
    "retained undo": later,
    publish: later,
  };
}

function nothingRetained(topicName: string): UserError {
  return new UserError(`nothing is retained at ${JSON.stringify(topicName)}`);
}
