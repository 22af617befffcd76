/**
 * What a person has to do about a configuration that has come to another place. Invariant: a path that it names absolutely
 * and that leads elsewhere now is said.
 */
import { join } from "node:path";
import { normalizeConfig } from "../config/normalize.ts";
import type { BrokerConfig } from "../config/types.ts";
import { parseConfig } from "../config/yaml.ts";
import { readText } from "../text_file.ts";
import { messageOf } from "../user_error.ts";
import type { Manifest } from "./manifest.ts";
import { nameOf } from "./names.ts";
import { type Places, targetOf } from "./places.ts";

/** @param draft the configuration, which is not in its place yet; undefined: there is none */
export async function configNotes(
  manifest: Manifest,
  places: Places,
  draft: string | undefined,
): Promise<string[]> {
  if (draft === undefined || manifest.config === null) return [];
  const file = join(places.base, manifest.config);
  const notes = manifest.absolute.flatMap((path) => {
    const now = targetOf(nameOf(path, fromPlaces(manifest)), places).path;
    return now === path ? [] : [`${file} names ${path}, which is ${now} here: change it`];
  });
  try {
    const raw = parseConfig(await readText(draft), file);
    const config = normalizeConfig(raw, { file, directory: places.base });
    return [...notes, ...folderNotes(config, places)];
  } catch (cause) {
    return [...notes, `this Midge refuses the configuration: ${messageOf(cause)}`];
  }
}

function fromPlaces({ from }: Manifest): ["data" | "base", string][] {
  return [["data", from.data], ["base", from.base]];
}

function folderNotes({ file, dataDir, storage }: BrokerConfig, { data, store }: Places): string[] {
  const notes: string[] = [];
  if (dataDir !== data) {
    notes.push(`${file} means the data folder ${dataDir}: start with --data-dir ${data}`);
  }
  const isElsewhere = storage !== undefined && storage.plugin === undefined &&
    storage.path !== store && !(dataDir !== data && storage.path.startsWith(dataDir));
  if (isElsewhere) {
    notes.push(
      `${file} means the store ${storage.path}, which is ${store} here: change storage.path`,
    );
  }
  return notes;
}
