/**
 * Where the files of a backup go. Pure. Invariants: each name leads to one place, below one of the folders that are said
 * here; without the right to write outside, nothing leads elsewhere.
 */
import { dirname, join, resolve } from "node:path";
import type { Manifest } from "./manifest.ts";
import { outsidePath, pathWithin, splitName } from "./names.ts";

/** What the command line says of it. */
export interface Wanted {
  /** In place of the configuration's folder; undefined: where it was. */
  readonly to: string | undefined;
  /** In place of data_dir. */
  readonly dataDir: string | undefined;
  /** Do files from outside of both go back to where they were? */
  readonly outside: boolean;
}

/** The folders; absolute. */
export interface Places {
  readonly base: string;
  readonly data: string;
  readonly store: string;
  /** Undefined: each where it was. */
  readonly outside: string | undefined;
}

/** Below the configuration's folder: files that were elsewhere. */
const OUTSIDE_FOLDER = "outside";

/** The folders of a restore. */
export function placesOf({ from }: Pick<Manifest, "from">, wanted: Wanted): Places {
  const base = resolve(wanted.to ?? from.base);
  const moved = (path: string, rest: string) => {
    const way = pathWithin(from.base, path);
    return wanted.to === undefined ? resolve(path) : join(base, way ?? rest);
  };
  const data = wanted.dataDir === undefined ? moved(from.data, "data") : resolve(wanted.dataDir);
  const storeWay = pathWithin(from.data, from.store);
  const store = storeWay === undefined ? moved(from.store, "store") : join(data, storeWay);
  return { base, data, store, outside: wanted.outside ? undefined : join(base, OUTSIDE_FOLDER) };
}

/** Where a name leads, and the folder that is written to for it, in which there is room for drafts. */
export function targetOf(name: string, places: Places): { path: string; root: string } {
  const [place, path] = splitName(name);
  if (place !== "outside") return { path: join(places[place], path), root: places[place] };
  if (places.outside !== undefined) return { path: join(places.outside, path), root: places.base };
  const target = outsidePath(path);
  return { path: target, root: dirname(target) };
}
