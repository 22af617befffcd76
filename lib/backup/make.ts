/**
 * Makes a backup of a broker, whether it runs or not. Invariants: files that belong together are of one moment; the store is
 * a copy that was read back whole; nothing has the backup's name before all of it is on the disk.
 */
import { join } from "node:path";
import type { BrokerConfig } from "../config/types.ts";
import { copyStore } from "../storage/files/copy_store.ts";
import { DenoDisk, openFolder } from "../storage/files/deno_disk.ts";
import { segmentNumberOf } from "../storage/files/segment.ts";
import type { StoreContent } from "../storage/files/read_store.ts";
import { whyUnwritable } from "../text_file.ts";
import { UserError } from "../user_error.ts";
import { VERSION } from "../version.ts";
import { type Copied, piecesOf, stampOf, writeNew } from "./copy_file.ts";
import { namesIn } from "./looking.ts";
import { BACKUP_VERSION, type Manifest, type ManifestEntry } from "./manifest.ts";
import { LOCK } from "./own_names.ts";
import { type Source, sourcesOf } from "./sources.ts";

/** How often files are copied that change meanwhile. */
const TRIES = 5;
const PERMISSION_BITS = 0o777;

/** A backup that is prepared: what is in it, and where its files lie. */
export interface Prepared {
  readonly manifest: Manifest;
  /** By name in the backup. */
  readonly paths: ReadonlyMap<string, string>;
  /** What the store has; undefined: there is none. */
  readonly store: StoreContent | undefined;
}

/** What a backup is made of. */
export interface BackupTask {
  readonly config: BrokerConfig;
  /** The configuration as it was parsed; undefined: there is no file. */
  readonly raw: unknown;
  /** An empty folder for the copies. */
  readonly stage: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Told of bytes of the store copied so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** An entry and the file that has its content. */
type Placed = ManifestEntry & { readonly path: string };

/** Copies all that belongs into a backup. @throws UserError, StoreError */
export async function prepareBackup(task: BackupTask): Promise<Prepared> {
  const { config, now } = task;
  const copies = await copyFiles(task);
  const [store, segments] = await copyOfStore(task);
  const placed = [...copies.placed, ...segments];
  const manifest: Manifest = {
    format: "midge-backup",
    version: BACKUP_VERSION,
    midge: VERSION,
    created: new Date(now).toISOString(),
    from: {
      base: config.directory,
      data: config.dataDir,
      store: config.storage?.path ?? join(config.dataDir, "store"),
    },
    config: configName(config, placed),
    absolute: copies.absolute,
    missing: copies.missing,
    entries: placed.map(({ path: _, ...entry }) => entry),
  };
  return { manifest, paths: new Map(placed.map(({ name, path }) => [name, path])), store };
}

/** The configuration stands in its own folder, or is reached from there by a link. */
function configName({ file }: BrokerConfig, placed: readonly Placed[]): string | null {
  if (file === undefined) return null;
  const name = file.split(/[\\/]/).at(-1)!;
  return placed.some((one) => one.name === `base/${name}`) ? name : null;
}

interface Copies {
  readonly placed: readonly Placed[];
  readonly absolute: readonly string[];
  readonly missing: readonly string[];
}

/** Once more where a file has changed while others were copied: a certificate and its key are of one moment. */
async function copyFiles(task: BackupTask): Promise<Copies> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const { sources, absolute, missing } = await sourcesOf(task.config, task.raw);
    const before = await stampsOf(sources);
    const placed: Placed[] = [];
    for (const [index, source] of sources.entries()) {
      const copy = join(task.stage, `${tries}-${index}`);
      placed.push(await placedOf(source, copy));
    }
    if (await stampsOf(sources) === before) return { placed, absolute, missing };
  }
  throw new UserError(
    `${task.config.dataDir}: files change faster than they can be copied; try again when the broker has less to do`,
  );
}

async function stampsOf(sources: readonly Source[]): Promise<string> {
  const files = sources.filter(({ kind }) => kind === "file");
  return (await Promise.all(files.map(({ path }) => stampOf(path)))).join("\n");
}

async function placedOf({ kind, name, path }: Source, copy: string): Promise<Placed> {
  const { size, sha256 } = kind === "file"
    ? await writeNew(copy, piecesOf(path))
    : { size: 0, sha256: "" } satisfies Copied;
  const { mode, uid, gid } = await Deno.stat(path);
  const standing = { mode: (mode ?? 0o600) & PERMISSION_BITS, uid, gid };
  return { kind, name, size, sha256, ...standing, path: copy };
}

async function copyOfStore(task: BackupTask): Promise<[StoreContent | undefined, Placed[]]> {
  const { storage } = task.config;
  if (storage === undefined || storage.plugin !== undefined) return [undefined, []];
  const names = await namesIn(storage.path);
  if (!names.some((name) => segmentNumberOf(name) !== undefined)) return [undefined, []];
  const folder = join(task.stage, "store");
  const to = await openFolder(folder);
  try {
    const content = await copyStore(new DenoDisk(storage.path), to, task.onProgress);
    const placed = [await placedOf({ kind: "folder", name: "store", path: storage.path }, folder)];
    for (const name of (await namesIn(folder)).filter((one) => one !== LOCK)) {
      placed.push(await segmentOf(join(folder, name), name, storage.path));
    }
    return [content, placed];
  } catch (cause) {
    throw isWritingError(cause)
      ? new UserError(`${folder}: ${whyUnwritable(cause)}`, { cause })
      : cause;
  } finally {
    to.close();
  }
}

/** Is it about the copy, and not about the store that is copied? */
function isWritingError(cause: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "EROFS"].includes(String(Object(cause).code));
}

/** Its owner is that of the store's folder: a segment may have been used again by now. */
async function segmentOf(path: string, name: string, store: string): Promise<Placed> {
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256");
  let size = 0;
  for await (const piece of piecesOf(path)) {
    hash.update(piece);
    size += piece.length;
  }
  const { uid, gid } = await Deno.stat(store);
  const sha256 = hash.digest("hex");
  return { kind: "file", name: `store/${name}`, size, sha256, mode: 0o600, uid, gid, path };
}
