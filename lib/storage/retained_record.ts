/** What is recorded of a topic's retained message. Invariant: what is written is how the topic is by then. */
import type { Message } from "../session/message.ts";
import type { PendingRecord } from "./turn_records.ts";

/** The retained message of a topic is another, or gone. */
export function retainedRecord(
  topicName: string,
  now: { retained(topicName: string): Message | undefined },
): PendingRecord {
  return {
    write: (out) => {
      const message = now.retained(topicName);
      if (message === undefined) out.unretained(topicName);
      else out.retained(message);
    },
  };
}
