/**
 * A store copied while a broker writes to it, without asking the broker. Invariants: all that was written before the copy
 * began is in it; it has its names when it is whole and flushed, and not before; what was copied is never written to.
 */
import { StoreError } from "../batch_log.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { readStore, type StoreContent } from "./read_store.ts";
import { surveyOf } from "./survey.ts";

/** Behind the name of a file that may not be whole. */
const PART = ".part";
/** How often it is begun. Before a file is used again the broker has written a multiple of what is live. */
const TRIES = 5;
const PIECE = 1 << 20;

/**
 * Copies what counts of a store into an empty folder.
 * @param onProgress told of bytes copied so far
 * @returns what the copy has
 * @throws StoreError for a damaged store, or one that changes too fast; else what the system says
 */
export async function copyStore(
  from: Disk,
  to: Disk,
  onProgress: (bytes: number) => void = () => {},
): Promise<StoreContent> {
  const parts = new Parts(to);
  let content: StoreContent | undefined;
  try {
    for (let tries = 0; tries < TRIES && !isWhole(content); tries++) {
      content = await copyOnce(from, parts, onProgress);
    }
    if (!isWhole(content)) throw problemOf(from, content);
    await publish(to, parts);
    return content;
  } catch (error) {
    await parts.clear().catch(() => {}); // what went wrong before is said
    throw error;
  }
}

function isWhole(content: StoreContent | undefined): content is StoreContent {
  return content?.damages.length === 0;
}

/** Undefined: a file was used again meanwhile. */
async function copyOnce(
  from: Disk,
  parts: Parts,
  onProgress: (bytes: number) => void,
): Promise<StoreContent | undefined> {
  await parts.clear();
  let bytes = 0;
  try {
    // The oldest first: it is the next one to be used again. The newest has all that was written before.
    for (const { name } of (await surveyOf(from)).segments) {
      await copyFile(from, parts, name, (count) => onProgress(bytes += count));
      await from.size(name); // a file is renamed before it is written over
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return await readStore(parts);
}

async function copyFile(
  from: Disk,
  to: Disk,
  name: string,
  onPiece: (bytes: number) => void,
): Promise<void> {
  const source = await from.open(name, "read");
  try {
    const target = await to.open(name, "create");
    try {
      await copyBytes(source, target, onPiece);
      await target.sync();
    } finally {
      target.close();
    }
  } finally {
    source.close();
  }
}

async function copyBytes(
  source: DiskFile,
  target: DiskFile,
  onPiece: (bytes: number) => void,
): Promise<void> {
  const piece = new Uint8Array(PIECE);
  for (let at = 0;;) {
    const count = await source.read(piece, at);
    if (count === 0) return;
    await target.write(piece.subarray(0, count), at);
    at += count;
    onPiece(count);
  }
}

function problemOf({ path }: Disk, content: StoreContent | undefined): StoreError {
  const [damage] = content?.damages ?? [];
  return new StoreError(
    damage === undefined
      ? `${path} changes faster than it can be copied; try it when the broker has less to do`
      : `${path} cannot be copied whole: ${damage}; midge store check says more`,
  );
}

/** The newest first: what has names while others are missing is no store that a broker would take. */
async function publish(to: Disk, parts: Parts): Promise<void> {
  await to.syncFolder();
  const names = (await parts.list()).sort().reverse();
  for (const name of names) await to.rename(name + PART, name);
  await to.syncFolder();
}

/** A folder whose files have a suffix in it. */
class Parts implements Disk {
  readonly #disk: Disk;
  readonly path: string;

  constructor(disk: Disk) {
    this.#disk = disk;
    this.path = disk.path;
  }

  async list(): Promise<string[]> {
    const names = await this.#disk.list();
    return names.filter((name) => name.endsWith(PART)).map((name) => name.slice(0, -PART.length));
  }

  async clear(): Promise<void> {
    for (const name of await this.list()) await this.remove(name);
  }

  size(name: string): Promise<number> {
    return this.#disk.size(name + PART);
  }

  open(name: string, how: "read" | "write" | "create"): Promise<DiskFile> {
    return this.#disk.open(name + PART, how);
  }

  rename(from: string, to: string): Promise<void> {
    return this.#disk.rename(from + PART, to + PART);
  }

  remove(name: string): Promise<void> {
    return this.#disk.remove(name + PART);
  }

  makeFolder(name: string): Promise<void> {
    return this.#disk.makeFolder(name);
  }

  syncFolder(name?: string): Promise<void> {
    return this.#disk.syncFolder(name);
  }

  close(): void {}
}
