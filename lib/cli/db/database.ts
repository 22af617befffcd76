/**
 * The database of a configuration's SQL plugin, for `midge db`. Invariant: drivers,
 * and what else the plugins are made of, are imported here by a computed name, as the broker does it, so that no
 * other command reads them.
 */
import type { DEFAULT_PASSWORD_HASH, SqlAdmin, SqlName } from "../../../plugins/sql/admin.ts";
import { SYSTEM_CLOCK } from "../../clock.ts";
import { UserError } from "../../user_error.ts";
import { isMapping } from "../../config/keys.ts";
import { loadConfig } from "../../config/load.ts";
import { dirname, resolve } from "../../config/paths.ts";
import type { PluginConfig } from "../../config/types.ts";
import { checkOptions } from "../../plugin/options.ts";
import type { GivenOptions } from "../given_options.ts";
import { UsageError } from "../usage_error.ts";
import type { DATABASE_OPTIONS } from "./options.ts";

/** A connection, and how its plugin stores passwords. */
export interface Database extends Disposable {
  readonly admin: SqlAdmin;
  /** The plugin's option. */
  readonly passwordHash: string;
}

const NAMES: readonly SqlName[] = ["mysql", "postgres"];

/** The database of a command line; see `openDatabase`. */
export function openGiven(given: GivenOptions<typeof DATABASE_OPTIONS>): Promise<Database> {
  return openDatabase(given.last("config"), given.last("source"));
}

/** Reads the configuration; connects with the first statement. */
export async function openDatabase(
  file: string | undefined,
  source: string | undefined,
): Promise<Database> {
  if (file === undefined) throw new UsageError("--config FILE is missing");
  const { plugins } = await loadConfig(file);
  const [name, { key, options }] = findPlugin(file, plugins, source);
  const where = `${file}: plugins.${key}`;
  const module = await importAdmin();
  const admin = await module.SqlAdmin.open(
    name,
    (plugin) => checkOptions(plugin, options, where),
    dirname(resolve(file)),
    SYSTEM_CLOCK,
  );
  const hash = isMapping(options) ? options["password_hash"] : undefined;
  return {
    admin,
    passwordHash: typeof hash === "string" ? hash : module.DEFAULT_PASSWORD_HASH,
    [Symbol.dispose]: () => admin[Symbol.dispose](),
  };
}

interface AdminModule {
  readonly SqlAdmin: typeof SqlAdmin;
  readonly DEFAULT_PASSWORD_HASH: typeof DEFAULT_PASSWORD_HASH;
}

async function importAdmin(): Promise<AdminModule> {
  return await import(new URL("../../../plugins/sql/admin.ts", import.meta.url).href);
}

function findPlugin(
  file: string,
  plugins: readonly PluginConfig[],
  source: string | undefined,
): [name: SqlName, plugin: PluginConfig] {
  const names = NAMES.filter((name) => source === undefined || name === source);
  if (names.length === 0) {
    throw new UsageError(`--source got ${JSON.stringify(source)}, expected mysql or postgres`);
  }
  const found = names.flatMap((name): [SqlName, PluginConfig][] => {
    const plugin = plugins.find((one) => one.packaged && one.name === name);
    return plugin === undefined ? [] : [[name, plugin]];
  });
  if (found.length > 1) {
    throw new UsageError(`${file} has mysql and postgres; say --source mysql or --source postgres`);
  }
  if (found[0] !== undefined) return found[0];
  const wanted = names.join(" or ");
  throw new UserError(`${file}: plugins: no ${wanted}; expected the plugin to manage`);
}
