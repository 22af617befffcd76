/**
 * Puts back what a backup has. Invariants: nothing is in its place before all was unpacked, has its checksums, and the store
 * was read whole; no broker runs on it; what was there is moved aside where that was asked for, and never removed.
 */
import { dirname, join } from "node:path";
import { FolderInUseError } from "../storage/files/folder_lock.ts";
import { DenoDisk } from "../storage/files/deno_disk.ts";
import { readStore, type StoreContent } from "../storage/files/read_store.ts";
import { StoreError } from "../storage/batch_log.ts";
import { whyUnwritable } from "../text_file.ts";
import { UserError } from "../user_error.ts";
import { asidePath, conflictsOf, type Unit, unitsOf } from "./conflicts.ts";
import { configNotes } from "./config_notes.ts";
import type { WriteFile } from "./copy_file.ts";
import { extract } from "./extract.ts";
import { lookAt } from "./looking.ts";
import type { Manifest } from "./manifest.ts";
import { carryOut, type Mover, type Plan, planPath, readPlan, writePlan } from "./moves.ts";
import type { OpenBackup } from "./open.ts";
import { ForeignFolderError } from "./own_folder.ts";
import { ASIDE_PREFIX, RESTORE_FOLDER } from "./own_names.ts";
import { type Places, targetOf } from "./places.ts";
import { refuseRunning, StoreLock } from "./running.ts";
import { NewFolders } from "./new_folders.ts";
import { Stage } from "./stage.ts";
import { Standing } from "./standing.ts";

/** What is to be restored, and how. */
export interface RestoreTask {
  readonly backup: OpenBackup;
  readonly places: Places;
  /** Is what is there moved aside? */
  readonly force: boolean;
  /** Milliseconds since 1970: names the folder into which it is moved. */
  readonly now: number;
  /** For tests that have the system fail. */
  readonly write?: WriteFile;
  readonly mover?: Mover;
}

/** What has become of it. */
export interface Restored {
  /** Undefined: the backup has none. */
  readonly store: StoreContent | undefined;
  /** The folders into which things were moved. */
  readonly aside: readonly string[];
  /** What a person has to do, a line each. */
  readonly notes: readonly string[];
}

const DRAFTS = "new";

/**
 * Restores.
 * @throws UserError: what is wrong with the backup begins with "is" or "has", and goes behind its name
 */
export async function restore(task: RestoreTask): Promise<Restored> {
  const { backup, places, force } = task;
  const units = unitsOf(backup.manifest, places);
  await refuseUnfinished(places.base);
  await refuseRunning(places);
  const conflicts = await conflictsOf(units, places);
  if (conflicts.length > 0 && !force) throw inTheWay(conflicts);
  const standing = new Standing();
  await using folders = new NewFolders(backup.manifest, places, standing);
  const roots = rootsOf(backup.manifest, places);
  for (const root of roots) await folders.make(root);
  await using stages = new Stages(places.base);
  for (const root of roots) await stages.add(root);
  await using lock = await StoreLock.take(places.store);
  const store = await unpack(task, standing);
  const draft = backup.manifest.config === null
    ? undefined
    : draftPath(`base/${backup.manifest.config}`, places);
  const notes = await configNotes(backup.manifest, places, draft);
  const plan = planOf(units, conflicts, task, stages.paths);
  for (const [, to] of [...plan.aside, ...plan.put]) await folders.make(dirname(to));
  await refuseRunning(places); // it may have been started meanwhile
  await writePlan(places.base, plan);
  try {
    await carryOut(places.base, plan, task.mover);
    folders.keep();
  } finally {
    if (await isUnfinished(places.base)) folders.keep();
  }
  await lock.handOver(standing);
  const aside = [...new Set(plan.aside.map(([, to]) => asideFolderOf(to)))];
  return { store, aside, notes: [...notes, ...standing.notes] };
}

/** Finishes a restore that was ended in the middle. @returns whether there was one */
export async function resume(base: string): Promise<boolean> {
  const plan = await readPlan(base);
  if (plan === undefined) return false;
  await carryOut(base, plan, { rename: Deno.renameSync, isResumed: true });
  for (const path of plan.stages) await Deno.remove(path, { recursive: true }).catch(() => {}); // it may be gone
  return true;
}

/** Tries a backup without putting anything in its place. @param folder an empty one for drafts */
export async function tryOut(
  { manifest, tar }: OpenBackup,
  folder: string,
): Promise<StoreContent | undefined> {
  await extract(manifest, tar, { draftOf: (name) => join(folder, name) });
  return await readDraft(manifest, join(folder, "store"));
}

/** The folders that get drafts; the first has the plan, the second the store's lock. */
function rootsOf({ entries }: Manifest, places: Places): string[] {
  const used = entries.map(({ name }) => targetOf(name, places).root);
  return [...new Set([places.base, places.store, ...used])];
}

async function isUnfinished(base: string): Promise<boolean> {
  return await lookAt(planPath(base)) !== undefined;
}

async function refuseUnfinished(base: string): Promise<void> {
  if (!await isUnfinished(base)) return;
  throw new UserError(
    `${base}: a restore was ended in the middle; finish it first: midge restore --resume --to ${base}`,
  );
}

function inTheWay(conflicts: readonly string[]): UserError {
  const shown = conflicts.slice(0, 3).join(", ");
  const more = conflicts.length > 3 ? ` and ${conflicts.length - 3} more` : "";
  return new UserError(
    `nothing was changed, for there is something already: ${shown}${more}; ` +
      "name another folder with --to DIR, or say --force, which moves it aside",
  );
}

async function unpack(
  { backup, places, write }: RestoreTask,
  standing: Standing,
): Promise<StoreContent | undefined> {
  const { manifest, tar } = backup;
  const draftOf = (name: string) => draftPath(name, places);
  await extract(manifest, tar, { draftOf, ...(write !== undefined && { write }) });
  const store = await readDraft(manifest, draftOf("store"));
  for (const entry of manifest.entries.toReversed()) { // what is in a folder comes behind it
    standing.give(draftOf(entry.name), entry);
  }
  return store;
}

function draftPath(name: string, places: Places): string {
  return join(targetOf(name, places).root, RESTORE_FOLDER, DRAFTS, name);
}

async function readDraft({ entries }: Manifest, folder: string): Promise<StoreContent | undefined> {
  if (!entries.some(({ name }) => name.startsWith("store/"))) return undefined;
  try {
    const content = await readStore(new DenoDisk(folder));
    const [damage] = content.damages;
    if (damage === undefined) return content;
    throw new StoreError(`is damaged: ${damage}`);
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    throw new UserError(
      `has a store that cannot be used: ${cause.message.replace(`${folder}: `, "")}`,
      { cause },
    );
  }
}

function planOf(
  units: readonly Unit[],
  conflicts: readonly string[],
  { places, now }: RestoreTask,
  stages: readonly string[],
): Plan {
  const time = new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
  const folder = ASIDE_PREFIX + time;
  return {
    aside: conflicts.map((path) => [path, asidePath(path, units, places, folder)]),
    put: units.map(({ name, path }) => [draftPath(name, places), path]),
    stages,
  };
}

function asideFolderOf(path: string): string {
  const above = dirname(path);
  return above === path || path.split(/[\\/]/).at(-1)!.startsWith(ASIDE_PREFIX)
    ? path
    : asideFolderOf(above);
}

/** The folders of drafts. They stay where a plan stays with which the restore is finished later. */
class Stages implements AsyncDisposable {
  readonly #base: string;
  readonly #stages: Stage[] = [];

  constructor(base: string) {
    this.#base = base;
  }

  get paths(): string[] {
    return this.#stages.map(({ path }) => path);
  }

  async add(root: string): Promise<void> {
    try {
      this.#stages.push(await Stage.make(join(root, RESTORE_FOLDER)));
    } catch (cause) {
      if (cause instanceof ForeignFolderError) throw cause;
      if (!(cause instanceof FolderInUseError)) {
        throw new UserError(
          `${root}: ${whyUnwritable(cause)}; run this as the user of the broker, or as root`,
          { cause },
        );
      }
      throw new UserError(`${root}: another restore is at work there${cause.holder}`, { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const isLeft = await isUnfinished(this.#base);
    for (const stage of this.#stages) {
      if (isLeft) stage.leave();
      else await stage[Symbol.asyncDispose]();
    }
  }
}
