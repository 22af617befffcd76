/**
 * The lock of a store's folder: a file that one process at a time holds. Invariants: it is free again when its process
 * ends, however it ends; waiting for it has an end.
 */
import { dirname } from "node:path";
import { withDeadline } from "../wait.ts";
import { StoreError } from "./batch_log.ts";

/** How long a lock is waited for where the platform cannot just try. Milliseconds. */
const LOCK_PATIENCE_MS = 500;

/**
 * Locks the file; it is locked until the file is closed.
 * @throws StoreError when another one has it; else what the system says
 */
export async function lockFolder(file: string, mode: number): Promise<Deno.FsFile> {
  const lock = await Deno.open(file, { read: true, write: true, create: true, mode });
  let isOurs = false;
  try {
    isOurs = await tryLock(lock);
    if (!isOurs) throw new StoreError(await inUse(dirname(file), lock));
    await lock.truncate();
    await lock.write(new TextEncoder().encode(`${Deno.pid}\n`));
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Deno 2.6 knows no `tryLock`. */
function tryLock(lock: Partial<Deno.FsFile> & Pick<Deno.FsFile, "lock">): Promise<boolean> {
  return lock.tryLock?.(true) ?? withDeadline(lock.lock(true), LOCK_PATIENCE_MS);
}

async function inUse(folder: string, lock: Deno.FsFile): Promise<string> {
  const bytes = new Uint8Array(32);
  const count = await lock.read(bytes).catch(() => 0); // Windows lets no one read what is locked
  const holder = new TextDecoder().decode(bytes.subarray(0, count ?? 0)).trim();
  const process = /^\d+$/.test(holder) ? ` (process ${holder})` : "";
  return `storage.path ${folder} is in use by another broker${process}; expected a folder of its own for each`;
}
