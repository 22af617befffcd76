/**
 * What can be read of a damaged store becomes a whole one. Invariants: no file is changed before its batches are safe in
 * new ones; one renaming makes the new ones count, all at once; damaged files are kept under another name.
 */
import type { Disk } from "./disk.ts";
import { SalvageWriter } from "./salvage_writer.ts";
import { StoreReader } from "./store_reader.ts";
import { type SegmentFile, surveyOf } from "./survey.ts";

/** How a store is mended. */
export interface SalvageOptions {
  /** A segment is full from this many bytes on. */
  readonly segmentSize: number;
  /** Milliseconds since the epoch: it names the folder for what is set aside. */
  readonly epoch: number;
  /** Told of each damage, and of what was done: one line each. */
  readonly onDamage: (line: string) => void;
}

/**
 * Mends a store in which something is damaged, and does nothing to any other. A file that cannot be set aside stays.
 * @throws StoreError for a store of a newer schema; else what the system says, and then the store is as it was
 */
export async function salvage(disk: Disk, options: SalvageOptions): Promise<void> {
  const damaged = await damagedSegments(disk, options.onDamage);
  if (damaged === undefined) return;
  const count = await rewrite(disk, options.segmentSize);
  const names = damaged.map(({ name }) => name);
  const folder = await setAside(disk, names, options.epoch);
  const where = names.length === 0 ? "" : `; set aside in ${folder}: ${names.join(", ")}`;
  options.onDamage(`${count} batches could be read, and are kept${where}`);
}

/** Undefined: there is no damage. */
async function damagedSegments(
  disk: Disk,
  onDamage: (line: string) => void,
): Promise<readonly SegmentFile[] | undefined> {
  const damaged = new Map<string, SegmentFile>();
  let isDamaged = false;
  for await (const found of new StoreReader(disk, await surveyOf(disk), true).read()) {
    if (found.kind !== "damage") continue;
    isDamaged = true;
    onDamage(found.line);
    for (const segment of found.segments) damaged.set(segment.name, segment);
  }
  return isDamaged ? [...damaged.values()] : undefined;
}

/** Gives how many batches there are. */
async function rewrite(disk: Disk, segmentSize: number): Promise<number> {
  const survey = await surveyOf(disk);
  const reader = new StoreReader(disk, survey, true);
  let writer: SalvageWriter | undefined;
  let count = 0;
  try {
    for await (const found of reader.read()) {
      if (found.kind !== "batch") continue;
      writer ??= new SalvageWriter(disk, survey, segmentSize, reader.keepFrom - 1);
      await writer.write(found.batch);
      count++;
    }
    await writer?.finish();
    return count;
  } finally {
    writer?.abandon();
  }
}

/** Gives the folder. */
async function setAside(disk: Disk, names: readonly string[], epoch: number): Promise<string> {
  const folder = `damaged-${new Date(epoch).toISOString().replaceAll(":", "-")}`;
  if (names.length === 0) return folder;
  await disk.makeFolder(folder);
  for (const name of names) await disk.rename(name, `${folder}/${name}`);
  await disk.syncFolder(folder);
  await disk.syncFolder();
  return folder;
}
