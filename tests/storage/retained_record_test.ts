/** What is recorded of a topic's retained message, and who hears that it is written. */
import { assertEquals } from "@std/assert";
import { RecordWriter } from "../../lib/storage/records.ts";
import { retainedRecord } from "../../lib/storage/retained_record.ts";
import { message } from "../session/support.ts";

Deno.test("that a message is written is told when it is, of the one that the topic has then", () => {
  const out = new RecordWriter((time) => time);
  let now = message("old", 0, "t");
  const told: [payload: string, length: number][] = [];
  const record = retainedRecord("t", {
    retained: () => now,
    retainedWritten: ({ payload }) => told.push([new TextDecoder().decode(payload), out.length]),
  });
  now = message("new", 0, "t");
  assertEquals([told.length, out.length], [0, 0]);
  record.write(out);
  assertEquals(told, [["new", out.length]]);
  assertEquals(now.recorded, out.edition);
});
