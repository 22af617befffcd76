/** What is recorded of a topic's retained message. Invariant: what is written is how the topic is by then. */
import type { JournalServices } from "./journal_options.ts";
import type { PendingRecord } from "./turn_records.ts";

/** The retained message of a topic is another, or gone. */
export function retainedRecord(
  topicName: string,
  now: Pick<JournalServices, "retained" | "retainedWritten">,
): PendingRecord {
  return {
    write: (out) => {
      const message = now.retained(topicName);
      if (message === undefined) return out.unretained(topicName);
      out.retained(message);
      now.retainedWritten?.(message);
    },
  };
}
