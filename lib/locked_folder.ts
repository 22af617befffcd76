/**
 * A folder that one process at a time writes in. Invariant: the lock is the system's, which lets it go with the process.
 * A lock of a file in it would be one of the old file as soon as that is replaced.
 */
import { whyUnwritable } from "./text_file.ts";
import { UserError } from "./user_error.ts";

/**
 * Waits for the others. On Windows a folder cannot be opened, and the last one wins.
 * @param folder is there
 * @returns held until it is disposed
 * @throws what the system says
 */
export async function lockedFolder(folder: string): Promise<Disposable> {
  if (Deno.build.os === "windows") return { [Symbol.dispose]() {} };
  const file = await Deno.open(folder, { read: true });
  try {
    await file.lock(true);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * The same for what is written there.
 * @param name of the file, for people
 * @throws {UserError} that begins with the name
 */
export async function lockedFor(name: string, folder: string): Promise<Disposable> {
  try {
    return await lockedFolder(folder);
  } catch (cause) {
    throw new UserError(`${name}: ${whyUnwritable(cause)}`, { cause });
  }
}
