/** Looks at what is on the disk. Invariant: what is not there is an answer, and whatever else is wrong is an error. */
import { join } from "node:path";

/** Is there a regular file, or a link to one? */
export async function isFileThere(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false; // not there, or behind a folder that may not be entered: then it is of no use to the broker either
  }
}

/** What has this name, links not followed; undefined: nothing. */
export async function lookAt(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw cause;
  }
}

/** The names in a folder, sorted; none where it is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return [];
    throw cause;
  }
}

/** The paths of all in a folder, those of folders in front of what is in them. */
export async function* pathsBelow(
  folder: string,
  isLeftOut: (path: string, name: string) => boolean,
): AsyncGenerator<{ path: string; info: Deno.FileInfo }> {
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    if (isLeftOut(path, name)) continue;
    const info = await Deno.lstat(path).catch(() => undefined); // it may be gone by now
    if (info === undefined) continue;
    yield { path, info };
    if (info.isDirectory) yield* pathsBelow(path, isLeftOut);
  }
}
