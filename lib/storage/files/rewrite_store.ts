/**
 * All of a store written anew, as one edition. Invariants: one renaming makes it count in place of all that was there; no
 * older file is removed before what was written has been read again from the disk.
 */
import { StoreError } from "../batch_log.ts";
import type { Disk } from "./disk.ts";
import { readStore } from "./read_store.ts";
import { SalvageWriter } from "./salvage_writer.ts";
import { segmentNumberOf } from "./segment.ts";
import type { StoredState } from "../state.ts";
import { batchesOf, type EditionPlace } from "../state_writer.ts";
import { surveyOf } from "./survey.ts";

/** Bytes of all segments. */
export interface StoreSizes {
  readonly before: number;
  readonly after: number;
}

/**
 * Makes a state all that a store has. It is one segment, for several could not be renamed at once.
 * @param place its first batch has a higher number than all batches of the store
 * @throws what the system says; then the store is as it was, or has the new state
 */
export async function rewriteStore(
  disk: Disk,
  state: StoredState,
  place: EditionPlace,
): Promise<StoreSizes> {
  const survey = await surveyOf(disk);
  const before = await sizeOf(disk);
  const writer = new SalvageWriter(disk, survey, Infinity, place.number - 1);
  let last = 0;
  try {
    for (const batch of batchesOf(state, place)) {
      await writer.write(batch);
      last = batch.number;
    }
    await writer.finish();
  } finally {
    writer.abandon();
  }
  await check(disk, place.number, last);
  await removeOlder(disk, survey.highest + 1);
  return { before, after: await sizeOf(disk) };
}

async function check(disk: Disk, first: number, last: number): Promise<void> {
  const { damages, replayed } = await readStore(disk);
  const isThere = replayed.firstBatch === first && replayed.lastBatch === last;
  if (damages.length === 0 && isThere) return;
  const what = damages[0] ?? "other batches than were written";
  throw new StoreError(`${disk.path}: what was just written cannot be read: ${what}`);
}

/** What cannot be removed counts no more all the same. */
async function removeOlder(disk: Disk, number: number): Promise<void> {
  for (const name of await disk.list()) {
    if ((segmentNumberOf(name) ?? Infinity) < number) await disk.remove(name);
  }
  await disk.syncFolder();
}

/** Bytes of all segments of a store. */
async function sizeOf(disk: Disk): Promise<number> {
  const { segments, spares, strangers } = await surveyOf(disk);
  return [...segments, ...spares, ...strangers].reduce((sum, { size }) => sum + size, 0);
}
