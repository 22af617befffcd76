/**
 * A folder on a disk of this machine, which one broker at a time may use. Invariants: nothing here blocks the event
 * loop; a folder and its files are their owner's alone; the lock lasts as long as the process or until `close`.
 */
import { dirname, join } from "node:path";
import { syncFolder } from "../../platform.ts";
import { StoreError } from "../batch_log.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { lockFolder } from "./folder_lock.ts";
import { folderProblem } from "./folder_problem.ts";

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

const HOW: Readonly<Record<"read" | "write" | "create", Deno.OpenOptions>> = {
  read: { read: true },
  write: { read: true, write: true },
  create: { read: true, write: true, create: true, truncate: true, mode: FILE_MODE },
};

/** A folder of this machine. */
export class DenoDisk implements Disk {
  readonly path: string;
  #lock: Deno.FsFile | undefined;

  /** @param lock what keeps others out; undefined: for reading */
  constructor(path: string, lock?: Deno.FsFile) {
    this.path = path;
    this.#lock = lock;
  }

  async list(): Promise<string[]> {
    const names: string[] = [];
    for await (const { name, isFile } of Deno.readDir(this.path)) if (isFile) names.push(name);
    return names;
  }

  async size(name: string): Promise<number> {
    return (await Deno.stat(this.#at(name))).size;
  }

  async open(name: string, how: "read" | "write" | "create"): Promise<DiskFile> {
    return new DenoFile(await Deno.open(this.#at(name), HOW[how]));
  }

  rename(from: string, to: string): Promise<void> {
    return Deno.rename(this.#at(from), this.#at(to));
  }

  remove(name: string): Promise<void> {
    return Deno.remove(this.#at(name));
  }

  makeFolder(name: string): Promise<void> {
    return Deno.mkdir(this.#at(name), { mode: FOLDER_MODE });
  }

  syncFolder(name?: string): Promise<void> {
    return syncFolder(name === undefined ? this.path : this.#at(name));
  }

  /** Lets others in; the second time does nothing. */
  close(): void {
    this.#lock?.close();
    this.#lock = undefined;
  }

  #at(name: string): string {
    return join(this.path, name);
  }
}

/** An open file. Invariant: one operation at a time, for reading and writing go on where the last one ended. */
class DenoFile implements DiskFile {
  readonly #file: Deno.FsFile;
  /** Where the system stands in the file; undefined: unknown. */
  #position: number | undefined = 0;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    await this.#seek(position);
    for (let done = 0; done < bytes.length;) {
      const written = await this.#file.write(done === 0 ? bytes : bytes.subarray(done));
      if (written === 0) throw new Error("the disk takes no more bytes");
      done += written;
    }
    this.#position = position + bytes.length;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    await this.#seek(position);
    let done = 0;
    while (done < into.length) {
      const count = await this.#file.read(into.subarray(done));
      if (count === null) break;
      done += count;
    }
    this.#position = position + done;
    return done;
  }

  sync(): Promise<void> {
    return this.#file.syncData();
  }

  truncate(length: number): Promise<void> {
    return this.#file.truncate(length);
  }

  close(): void {
    this.#file.close();
  }

  /** Leaves the position unknown: what follows says it, unless it fails. */
  async #seek(position: number): Promise<void> {
    const present = this.#position;
    this.#position = undefined;
    if (present !== position) await this.#file.seek(position, Deno.SeekMode.Start);
  }
}

/**
 * Makes the folder where there is none, and keeps every other broker out of it.
 * @throws StoreError for a folder that cannot be made or written, or that is in use
 */
export async function openFolder(path: string): Promise<DenoDisk> {
  try {
    await makeFolder(path);
    return new DenoDisk(path, await lockFolder(join(path, "lock"), FILE_MODE));
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    throw new StoreError(folderProblem(path, cause), { cause });
  }
}

/** With those above it; what is new outlives a power cut. */
async function makeFolder(path: string): Promise<void> {
  const isThere = await Deno.stat(path).then(() => true, () => false);
  if (isThere) return;
  const above = dirname(path);
  if (above !== path) await makeFolder(above);
  await Deno.mkdir(path, { recursive: true, mode: FOLDER_MODE });
  await syncFolder(above).catch(() => {}); // it may be a folder that we may not read
}
