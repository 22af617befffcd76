/** Topics, retained messages, publishing. */
import type { HandlersOf } from "../../../manage/runner.ts";
import { PublishDesk } from "../publish_desk.ts";
import { RetainedDesk } from "../retained_desk.ts";
import { TopicDesk } from "../topics.ts";
import type { Desk } from "./all.ts";

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
export function topicHandlers({ core, note }: Desk): Handlers {
  const topics = new TopicDesk(core);
  const retained = new RetainedDesk(core);
  const publishing = new PublishDesk(core);
  return {
    topics: (asked, caller) => topics.rows(asked, caller),
    topic: ({ topicName }, caller) => topics.one(topicName, caller),
    retained: ({ topicFilter }) => retained.rows(topicFilter),
    "retained get": ({ topicName }, caller) => retained.one(topicName, caller),
    async "retained delete"({ topicName }, caller) {
      const result = await retained.delete(topicName, caller);
      note(caller, `retained message of ${topicName} deleted`);
      return result;
    },
    async "retained purge"({ topicFilter, dryRun }, caller) {
      const result = await retained.purge(topicFilter, dryRun, caller);
      if (!dryRun) note(caller, `${result.messages} retained messages of ${topicFilter} deleted`);
      return result;
    },
    async "retained undo"({ undo }, caller) {
      const result = await retained.undo(undo, caller);
      note(caller, `${result.messages} deleted retained messages brought back`);
      return result;
    },
    async publish(message, caller) {
      const result = await publishing.publish(message, caller);
      note(caller, `published to ${message.topicName}`);
      return result;
    },
  };
}
