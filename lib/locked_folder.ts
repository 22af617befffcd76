/**
 * A folder that one process at a time writes in. Invariant: the lock is the system's, which lets it go with the process.
 * A lock of a file in it would be one of the old file as soon as that is replaced.
 */

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
