/** The files of this repository that the house's checks read. Invariant: paths are relative to its root, with `/`. */

const ROOT = new URL("../../", import.meta.url);

/** The folders and the doors that the rules of the house are for. */
export const HOUSE = [
  "lib",
  "plugins",
  "main.ts",
  "mod.ts",
  "plugin.ts",
  "sources.ts",
  "manage.ts",
];

/** The text of one file. */
export function readFile(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, ROOT));
}

/** Whether there is such a file or folder. */
export function exists(path: string): Promise<boolean> {
  return Deno.stat(new URL(path, ROOT)).then(() => true, () => false);
}

/** All TypeScript files of these folders and files, sorted. */
export async function filesOf(places: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const place of places) {
    if (place.endsWith(".ts")) files.push(place);
    else await walk(place, files);
  }
  return files.sort();
}

async function walk(folder: string, files: string[]): Promise<void> {
  for await (const entry of Deno.readDir(new URL(`${folder}/`, ROOT))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) await walk(path, files);
    else if (path.endsWith(".ts")) files.push(path);
  }
}
