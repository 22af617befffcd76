/**
 * Names in a backup: where a file stands, as its first part, and its path from there. Pure. Invariants: a name that passes
 * leads to no place but below the folder of its first part, on any system; a path has one name.
 */
import { isAbsolute, join, relative, sep } from "node:path";

/** The first parts: the configuration's folder, data_dir, the store, and all others. */
export const PLACES = ["base", "data", "store", "outside"] as const;
/** One of them. */
export type Place = (typeof PLACES)[number];

/** What Windows keeps for devices, whatever stands behind a dot. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
// deno-lint-ignore no-control-regex -- these are what is refused
const FORBIDDEN = /[\x00-\x1f\x7f\\:*?"<>|]/;
/** On other systems these are characters like others. */
// deno-lint-ignore no-control-regex -- these are what is refused
const FORBIDDEN_ELSEWHERE = /[\x00-\x1f\x7f\\]/;
const MOST = 4096;

/** What is wrong with a name, in words that follow "that"; undefined: nothing. */
export function nameProblem(name: string, os: string = Deno.build.os): string | undefined {
  const [place, ...parts] = name.split("/");
  if (name.length > MOST) return "is too long";
  if (!PLACES.some((one) => one === place)) {
    return `begins with none of ${PLACES.map((one) => `${one}/`).join(", ")}`;
  }
  if (parts.some((part) => part === "" || part === "." || part === "..")) return "leads elsewhere";
  const isWindows = os === "windows";
  if ((isWindows ? FORBIDDEN : FORBIDDEN_ELSEWHERE).test(name)) return "has a forbidden character";
  if (isWindows && parts.some((part) => DEVICE.test(part) || /[. ]$/.test(part))) {
    return "Windows does not take";
  }
  return undefined;
}

/** The first part of a name that passes, and the rest, which is empty for the folder of the place itself. */
export function splitName(name: string): [place: Place, path: string] {
  const [first = "", ...parts] = name.split("/");
  return [PLACES.find((one) => one === first)!, parts.join("/")];
}

/** Is the path in the folder, or the folder itself? Then the way to it from there. */
export function pathWithin(folder: string, path: string): string | undefined {
  const way = relative(folder, path);
  const isOutside = way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way);
  return isOutside ? undefined : way;
}

/** The name of an absolute path below the folder of a place; below none: that of `outside`. */
export function nameOf(
  path: string,
  folders: readonly (readonly [place: Place, folder: string])[],
): string {
  for (const [place, folder] of folders) {
    const way = pathWithin(folder, path);
    if (way !== undefined) return way === "" ? place : `${place}/${way.replaceAll(sep, "/")}`;
  }
  return `outside/${path.replaceAll(sep, "/").replace(/^\/+/, "").replace(/^([A-Za-z]):/, "$1")}`;
}

/** Where an outside file was: the other way round. */
export function outsidePath(path: string, os: string = Deno.build.os): string {
  return os === "windows"
    ? path.replace(/^([A-Za-z])\//, "$1:\\").replaceAll("/", "\\")
    : join("/", path);
}
