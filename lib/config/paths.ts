/**
 * The few functions on paths that the configuration uses: Deno's built-in node:path. npm's copy of @std/path
 * would take 8 MB of memory at every start (measured), for 160 files.
 */
import { fileURLToPath, pathToFileURL } from "node:url";

export { basename, dirname, isAbsolute, join, resolve } from "node:path";

/** `file:` URL of an absolute path. */
export function toFileUrl(path: string): URL {
  return pathToFileURL(path);
}

/** Path of a `file:` URL. */
export function fromFileUrl(url: string): string {
  return fileURLToPath(url);
}
