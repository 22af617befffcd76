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

/** What the page of the dashboard is written in, beside all else. */
export const WITH_PAGE = [".ts", ".js"];

/** The text of one file. */
export function readFile(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, ROOT));
}

/** Whether there is such a file or folder. */
export function exists(path: string): Promise<boolean> {
  return Deno.stat(new URL(path, ROOT)).then(() => true, () => false);
}

/** All TypeScript files of these folders and files, or those with other endings, sorted. */
export async function filesOf(
  places: readonly string[],
  endings: readonly string[] = [".ts"],
): Promise<string[]> {
  const isWanted = (path: string) => endings.some((ending) => path.endsWith(ending));
  const files: string[] = [];
  for (const place of places) {
    if (isWanted(place)) files.push(place);
    else files.push(...(await walk(place)).filter(isWanted));
  }
  return files.sort();
}

async function walk(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(new URL(`${folder}/`, ROOT))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) files.push(...await walk(path));
    else files.push(path);
  }
  return files;
}
