/** What batches of a log come to, as a start would read them. */
import type { Batch } from "../../lib/storage/batch_log.ts";
import { Replay } from "../../lib/storage/replay.ts";
import type { Replayed } from "../../lib/storage/replayed.ts";

/** @param batches in their order */
export function replayed(batches: Iterable<Batch>): Replayed {
  const replay = new Replay();
  for (const batch of batches) replay.add(batch);
  return replay.result;
}
