/**
 * The lock of a store's folder: a file that one process at a time holds. Invariants: it is free again when its process
 * ends, however it ends; waiting for it has an end.
 */
import { dirname } from "node:path";
import { withDeadline } from "../../wait.ts";
import { StoreError } from "../batch_log.ts";

/** Another process has the folder. */
export class FolderInUseError extends StoreError {
  /** ` (process 123)`; empty where it does not say. */
  readonly holder: string;

  constructor(folder: string, holder: string) {
    super(
      `storage.path ${folder} is in use by another broker${holder}; expected a folder of its own for each`,
    );
    this.holder = holder;
  }
}

/** How long a lock is waited for where the platform cannot just try. Milliseconds. */
const LOCK_PATIENCE_MS = 500;

/**
 * Locks the file; it is locked until the file is closed.
 * @throws FolderInUseError when another one has it; else what the system says
 */
export async function lockFolder(file: string, mode: number): Promise<Deno.FsFile> {
  const lock = await Deno.open(file, { read: true, write: true, create: true, mode });
  let isOurs = false;
  try {
    isOurs = await tryLock(lock);
    if (!isOurs) throw new FolderInUseError(dirname(file), await holderOf(file));
    await lock.truncate();
    await lock.write(new TextEncoder().encode(`${Deno.pid}\n`));
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

/**
 * Who holds the lock now.
 * @returns ` (process 123)`, empty where it does not say; undefined: no one does, or that cannot be asked
 */
export async function holderNow(file: string): Promise<string | undefined> {
  try {
    using lock = await Deno.open(file, { read: true, write: true });
    return await tryLock(lock) ? undefined : await holderOf(file);
  } catch {
    return undefined; // it has never been there, or is another's
  }
}

/** Deno 2.6 knows no `tryLock`, and neither do its types. */
interface Lockable {
  lock(exclusive: boolean): Promise<void>;
  tryLock?(exclusive: boolean): Promise<boolean>;
}

function tryLock(lock: Lockable): Promise<boolean> {
  return lock.tryLock?.(true) ?? withDeadline(lock.lock(true), LOCK_PATIENCE_MS);
}

/** Read with a handle of its own: the other one may be waiting for the lock still. */
async function holderOf(file: string): Promise<string> {
  const holder = await Deno.readTextFile(file).catch(() => ""); // Windows lets no one read what is locked
  return /^\d+\n$/.test(holder) ? ` (process ${holder.trim()})` : "";
}
