/**
 * `storage`: what outlives a restart, and where. Invariants: off is undefined; a configuration that says nothing of it
 * keeps all in memory.
 */
import { STORAGE_KEYS } from "./broker_keys.ts";
import { join, resolve } from "./paths.ts";
import type { Problems } from "./problems.ts";
import { readSection } from "./table.ts";
import type { StorageConfig } from "./types.ts";
import { readSwitch } from "./units.ts";

/** The folder within the broker's. */
const DEFAULT_FOLDER = "store";

/** Reads the section; undefined: off. */
export function readStorage(
  raw: unknown,
  { directory, dataDir }: { readonly directory: string; readonly dataDir: string },
  problems: Problems,
): StorageConfig | undefined {
  if (raw === undefined || raw === null || readSwitch(raw) === false) return undefined;
  const found = problems.errors.length;
  const given = readSection(STORAGE_KEYS, raw, ["storage"], problems);
  if (problems.errors.length > found) return undefined;
  const path = given.path === undefined
    ? join(dataDir, DEFAULT_FOLDER)
    : resolve(directory, given.path);
  return { ...given, path };
}
