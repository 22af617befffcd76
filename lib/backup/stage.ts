/**
 * The folder in which a backup or a restore is prepared. Invariants: it is its owner's alone; what a process left that was
 * ended in the middle is removed by the next one of its user; that of a process that runs, or of another user, is left alone.
 */
import { join } from "node:path";
import { FolderInUseError, lockFolder } from "../storage/files/folder_lock.ts";
import { namesIn } from "./looking.ts";
import { checkOwnFolder, ForeignFolderError } from "./own_folder.ts";
import { LOCK } from "./own_names.ts";

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** In use, or another user's: it is in no one's way. */
const LEFT_ALONE = [FolderInUseError, ForeignFolderError, Deno.errors.PermissionDenied];

/** A folder that is gone when it is disposed. */
export class Stage implements AsyncDisposable {
  readonly path: string;
  readonly #lock: Deno.FsFile;

  private constructor(path: string, lock: Deno.FsFile) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Makes it, empty; one that another process has left is made empty.
   * @throws FolderInUseError where a process is at work in it, ForeignFolderError; else what the system says
   */
  static async make(path: string): Promise<Stage> {
    await Deno.mkdir(path, { recursive: true, mode: FOLDER_MODE });
    await checkOwnFolder(path);
    const lock = await lockFolder(join(path, LOCK), FILE_MODE);
    try {
      for (const name of await namesIn(path)) {
        if (name !== LOCK) await Deno.remove(join(path, name), { recursive: true });
      }
      return new Stage(path, lock);
    } catch (error) {
      lock.close();
      throw error;
    }
  }

  /** Removes the folders of a beginning that processes have left which are gone. */
  static async sweep(folder: string, prefix: string): Promise<void> {
    for (const name of await namesIn(folder)) {
      if (!name.startsWith(prefix)) continue;
      try {
        await (await Stage.make(join(folder, name)))[Symbol.asyncDispose]();
      } catch (cause) {
        if (!LEFT_ALONE.some((kind) => cause instanceof kind)) throw cause;
      }
    }
  }

  /** Others may work in it; it stays. */
  leave(): void {
    this.#lock.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lock.close(); // Windows removes no file that is open
    await Deno.remove(this.path, { recursive: true });
  }
}
