/**
 * `storage`: what outlives a restart, and where. Invariants: off is undefined; a configuration that says nothing of it
 * keeps all in memory; a folder and a plugin exclude each other, and the plugin is one of those that are loaded.
 */
import { STORAGE_KEYS } from "./broker_keys.ts";
import { suggestion } from "./keys.ts";
import { join, resolve } from "./paths.ts";
import type { Problems } from "./problems.ts";
import { defaultsOf, readGiven, type Values } from "./table.ts";
import type { PluginConfig, StorageConfig } from "./types.ts";
import { readSwitch } from "./units.ts";

/** The folder within the broker's. */
const DEFAULT_FOLDER = "store";

/** What else of the configuration it goes by. */
interface Place {
  /** Absolute; a relative path starts here. */
  readonly directory: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly plugins: readonly PluginConfig[];
  /** What wins over the defaults. */
  readonly profile?: Partial<Values<typeof STORAGE_KEYS>>;
}

/** Reads the section; undefined: off. */
export function readStorage(
  raw: unknown,
  place: Place,
  problems: Problems,
): StorageConfig | undefined {
  if (raw === undefined || raw === null || readSwitch(raw) === false) return undefined;
  const given = readGiven(STORAGE_KEYS, raw, ["storage"], problems);
  checkPlugin(given, place.plugins, problems);
  const path = given.path === undefined
    ? join(place.dataDir, DEFAULT_FOLDER)
    : resolve(place.directory, given.path);
  return { ...defaultsOf(STORAGE_KEYS), ...place.profile, ...given, path };
}

function checkPlugin(
  given: Partial<Values<typeof STORAGE_KEYS>>,
  plugins: readonly PluginConfig[],
  problems: Problems,
): void {
  const { plugin } = given;
  if (plugin === undefined) return;
  for (const name of ["path", "durability"] as const) {
    if (given[name] === undefined) continue;
    problems.add(
      ["storage", name],
      `the plugin ${plugin} keeps what is stored; expected plugin alone`,
    );
  }
  const names = plugins.map(({ key }) => key);
  if (names.includes(plugin)) return;
  const hint = suggestion(plugin, names, "plugins");
  problems.add(["storage", "plugin"], `${plugin} is not in \`plugins\`; ${hint}`);
}
