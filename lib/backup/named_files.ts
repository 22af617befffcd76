/**
 * The files that a configuration names, and the modules of its plugins. Invariants: only regular files count, so that no
 * text which happens to be a folder's name brings that folder in; a folder counts under the keys that take one alone.
 */
import { join, resolve } from "node:path";
import { fromFileUrl } from "../config/paths.ts";
import type { BrokerConfig } from "../config/types.ts";
import { moduleFiles } from "../plugin/plugin_files.ts";
import { isFileThere } from "./looking.ts";

/** What a configuration names. */
export interface NamedFiles {
  /** Absolute paths, each once. */
  readonly files: readonly string[];
  /** Those of them that it names by an absolute path. */
  readonly absolute: readonly string[];
}

/** Under these keys a folder means all files in it. */
const FOLDER_KEYS = ["capath"];
/** A longer text is no path on any system. */
const MOST = 4096;

/** @param raw the configuration as it was parsed; undefined: there is no file */
export async function namedFiles(config: BrokerConfig, raw: unknown): Promise<NamedFiles> {
  const files = new Set<string>();
  const absolute = new Set<string>();
  for (const { key, text } of textsIn(raw, "")) {
    const path = resolve(config.directory, text);
    const found = FOLDER_KEYS.includes(key) ? await filesIn(path) : await itself(path);
    for (const one of found) {
      files.add(one);
      if (resolve("/", text) === text) absolute.add(one);
    }
  }
  for (const { module, packaged } of config.plugins) {
    if (packaged) continue;
    for (const url of await moduleFiles(module)) {
      for (const one of await itself(fromFileUrl(url))) files.add(one);
    }
  }
  return { files: [...files].sort(), absolute: [...absolute].sort() };
}

async function itself(path: string): Promise<string[]> {
  return await isFileThere(path) ? [path] : [];
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => join(folder, name));
    return (await Promise.all(names.map(itself))).flat();
  } catch {
    return []; // there is no such folder, which `midge check` says
  }
}

/** All texts that may be a path, with the key that they stand under. */
function* textsIn(value: unknown, key: string): Generator<{ key: string; text: string }> {
  if (typeof value === "string") {
    if (value !== "" && value.length <= MOST && !/[\n\0]/.test(value)) yield { key, text: value };
  } else if (Array.isArray(value)) {
    for (const one of value) yield* textsIn(one, key);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, one] of Object.entries(value)) yield* textsIn(one, name.replaceAll("-", "_"));
  }
}
