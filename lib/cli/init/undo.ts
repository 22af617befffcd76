/**
 * What has been made so far, so that it can be taken back. Invariants: only what was made here is taken back; a folder
 * that root makes belongs to the owner of the folder in which it is.
 */
import { dirname } from "../../config/paths.ts";
import { giveFile } from "../../given_file.ts";

/** Makes folders, and takes all of it back. */
export class Undo {
  readonly #folders: string[] = [];
  readonly #others: (() => Promise<unknown>)[] = [];

  /** Makes a folder, and those in which it is, where they are missing. @throws what the system says */
  async folder(path: string): Promise<void> {
    const missing: string[] = [];
    for (let one = path; !await isThere(one); one = dirname(one)) missing.unshift(one);
    for (const one of missing) {
      if (!await isMade(one)) continue;
      this.#folders.push(one);
      await giveLikeParent(one);
    }
  }

  /** Notes how to take one more thing back; what that throws does not matter. */
  note(back: () => Promise<unknown>): void {
    this.#others.push(back);
  }

  /** Takes all back, the last first; what cannot be is left. */
  async all(): Promise<void> {
    for (const back of this.#others.reverse()) await back().catch(() => {}); // the first problem is the one that is said
    for (const one of this.#folders.reverse()) await Deno.remove(one).catch(() => {});
  }
}

/** @returns false where another process was first */
async function isMade(path: string): Promise<boolean> {
  return await Deno.mkdir(path).then(() => true, (error) => {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  });
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, (error) => {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  });
}

async function giveLikeParent(path: string): Promise<void> {
  const [own, parent] = await Promise.all([Deno.stat(path), Deno.stat(dirname(path))]);
  if (own.uid !== 0 || parent.uid === null || parent.gid === null) return;
  if (parent.uid !== 0) giveFile(path, { uid: parent.uid, gid: parent.gid });
}
