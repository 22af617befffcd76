/**
 * The store that a command line means. Invariants: a folder that is no store is said before anything is done; one that is
 * written to is locked, and belongs to the user who writes.
 */
import { loadConfig } from "../../config/load.ts";
import { dirname, resolve } from "../../config/paths.ts";
import { DenoDisk, openFolder } from "../../storage/files/deno_disk.ts";
import { FolderInUseError } from "../../storage/files/folder_lock.ts";
import { segmentNumberOf } from "../../storage/files/segment.ts";
import { whyUnreadable } from "../../text_file.ts";
import { ownUser } from "../../own_user.ts";
import { UserError } from "../../user_error.ts";
import type { GivenOptions } from "../given_options.ts";
import { ProgressLine } from "../progress_line.ts";
import { UsageError } from "../usage_error.ts";
import type { PLACE_OPTIONS } from "./options.ts";
import { bytesText } from "./text.ts";

/** What is in the folder of a broker that has written nothing yet. */
export const LOCK = "lock";

/** The folder; it need not exist. `operand`: the same as `--store`. */
export async function folderOf(
  given: GivenOptions<typeof PLACE_OPTIONS>,
  operand?: string,
): Promise<string> {
  const named = [operand, given.last("store")].filter((name) => name !== undefined);
  const other = (["config", "dataDir"] as const).find((option) => given.has(option));
  if (named.length > 1) throw new UsageError("FOLDER and --store: expected one of them");
  if (named[0] !== undefined && other !== undefined) {
    throw new UsageError(`${given.nameOf(other)} and a folder: expected one of them`);
  }
  if (named[0] !== undefined) return named[0];
  const file = given.last("config");
  const { storage } = await loadConfig(file, { dataDir: given.last("dataDir") });
  if (storage !== undefined && storage.plugin === undefined) return storage.path;
  const why = storage === undefined ? "is off" : `is that of the plugin ${storage.plugin}`;
  throw new UserError(
    `${file}: storage ${why}; expected a FOLDER, or a configuration whose storage is in files`,
  );
}

/** Without its lock, for reading. */
export async function openToRead(folder: string): Promise<DenoDisk> {
  const disk = new DenoDisk(folder);
  const names = await namesIn(disk);
  if (names.some((name) => name === LOCK || segmentNumberOf(name) !== undefined)) return disk;
  throw new UserError(`${folder}: has no files of a store`);
}

async function namesIn(disk: DenoDisk): Promise<string[]> {
  try {
    return await disk.list();
  } catch (cause) {
    const why = cause instanceof Deno.errors.NotFound
      ? "no such folder"
      : cause instanceof Deno.errors.NotADirectory
      ? "is a file; expected the folder of a store"
      : whyUnreadable(cause);
    throw new UserError(`${disk.path}: ${why}`, { cause });
  }
}

/** With its lock, which `close` gives back; a folder that is not there is made. */
export async function openToWrite(folder: string): Promise<DenoDisk> {
  await checkOwner(folder);
  try {
    return await openFolder(folder);
  } catch (cause) {
    if (!(cause instanceof FolderInUseError)) throw cause;
    throw new UserError(
      `${folder}: is in use by a running broker${cause.holder}; stop it first`,
      { cause },
    );
  }
}

/** What root makes in the folder of a service the service could not read. */
async function checkOwner(folder: string): Promise<void> {
  const place = await nearest(resolve(folder));
  const { uid } = await Deno.stat(place);
  if (uid === null) return; // Windows
  const own = await ownUser(place).catch(() => undefined); // what is written next says why
  if (own === undefined || own === uid) return;
  throw new UserError(
    `${place}: belongs to user ${uid}; run this as that user, for its broker could not open the files of another one`,
  );
}

/** The folder, or the one above it that is there. */
async function nearest(path: string): Promise<string> {
  const isThere = await Deno.stat(path).then(() => true, () => false);
  return isThere || dirname(path) === path ? path : await nearest(dirname(path));
}

/** Runs long work; on a terminal a line says how far it is. `what`: `reading`. */
export async function withProgress<T>(
  what: string,
  work: (onProgress: (bytes: number) => void) => Promise<T>,
): Promise<T> {
  const line = new ProgressLine(true);
  try {
    return await work((bytes) => line.show(`${what}: ${bytesText(bytes)}`));
  } finally {
    line.clear();
  }
}
