/**
 * What is where a restore wants to put something. Invariants: a folder that the broker writes to counts as a whole: what is
 * there and not in the backup would be of another moment; what belongs to a running system (sockets, locks) does not count.
 */
import { basename, dirname, join } from "node:path";
import { lookAt, namesIn } from "./looking.ts";
import type { Manifest } from "./manifest.ts";
import { pathWithin, splitName } from "./names.ts";
import { DATA_NAMES, isLeftOut } from "./own_names.ts";
import { type Places, targetOf } from "./places.ts";

/** One thing that is put into its place in one move: a file of the configuration, what stands in data_dir or the store. */
export interface Unit {
  /** In the backup. */
  readonly name: string;
  /** Where it goes. */
  readonly path: string;
  /** The folder that has its draft. */
  readonly root: string;
}

/** All units of a backup. */
export function unitsOf({ entries }: Manifest, places: Places): Unit[] {
  const units = new Map<string, Unit>();
  for (const { name, kind } of entries) {
    const unit = unitName(name, kind === "folder");
    if (unit !== undefined) units.set(unit, { name: unit, ...targetOf(unit, places) });
  }
  return [...units.values()];
}

/** Undefined: a folder that stays, whatever is in it. */
function unitName(name: string, isFolder: boolean): string | undefined {
  const [place, path] = splitName(name);
  if (place === "base" || place === "outside") return isFolder ? undefined : name;
  const [top = ""] = path.split("/");
  return top === "" ? undefined : `${place}/${top}`;
}

/** The paths of all that is in the way, each once. */
export async function conflictsOf(units: readonly Unit[], places: Places): Promise<string[]> {
  const found = new Set<string>();
  for (const { path } of units) if (await lookAt(path) !== undefined) found.add(path);
  const isShared = pathWithin(places.data, places.base) !== undefined;
  const isStore = (path: string) => pathWithin(path, places.store) !== undefined;
  for (const name of await namesIn(places.data)) {
    const path = join(places.data, name);
    if (isLeftOut(name) || isStore(path) || (isShared && !DATA_NAMES.includes(name))) continue;
    if (!isBase(path, places)) found.add(path);
  }
  for (const name of await namesIn(places.store)) {
    const path = join(places.store, name);
    if (!isLeftOut(name) && !isBase(path, places)) found.add(path);
  }
  return [...found].sort();
}

/** The configuration may stand in data_dir. */
function isBase(path: string, { base }: Places): boolean {
  return pathWithin(path, base) !== undefined;
}

/** Where something goes that makes room: in a folder beside it. */
export function asidePath(
  path: string,
  units: readonly Unit[],
  places: Places,
  folder: string,
): string {
  const unit = units.find((one) => one.path === path);
  const root = unit?.root ??
    [places.store, places.data].find((one) => dirname(path) === one) ?? dirname(path);
  return join(root, folder, pathWithin(root, path) ?? basename(path));
}
