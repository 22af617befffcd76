/**
 * The configuration of a file, or of none. Invariant: what cannot be read or understood is a UserError; there is no
 * fall-back to defaults.
 */
import { RESTORE_PLAN } from "../restore_plan.ts";
import { readText } from "../text_file.ts";
import { UserError } from "../user_error.ts";
import { normalizeConfig } from "./normalize.ts";
import { dirname, join, resolve } from "./paths.ts";
import { SHIPPED_PLUGINS } from "./plugin_keys.ts";
import type { BrokerConfig, BrokerOptions } from "./types.ts";

/** What config.yaml says beyond what holds without saying. */
const BUILT_IN_OPTIONS: BrokerOptions = {
  management: {},
  storage: {},
  plugins: { ...SHIPPED_PLUGINS },
};

/** What a command line says over the configuration. */
export interface ConfigFlags {
  /** The folder for what the broker writes; relative to the working directory. */
  readonly dataDir?: string | undefined;
}

/**
 * The configuration of a YAML file; without a file the built-in one, with a warning that anyone may
 * connect.
 * @throws UserError with one line for every problem
 */
export async function loadConfig(
  file: string | undefined,
  flags: ConfigFlags = {},
): Promise<BrokerConfig> {
  const dataDir = flags.dataDir === undefined ? undefined : resolve(flags.dataDir);
  await refuseHalfRestored(file === undefined ? Deno.cwd() : dirname(resolve(file)));
  if (file === undefined) {
    const config = normalizeConfig(BUILT_IN_OPTIONS, { directory: Deno.cwd(), dataDir });
    config.warnings.push("no configuration file: anyone may connect; give one with --config FILE");
    return config;
  }
  const text = await readText(file);
  const { parseConfig } = await import("./yaml.ts");
  return normalizeConfig(parseConfig(text, file), {
    file,
    directory: dirname(resolve(file)),
    dataDir,
  });
}

/** Where a restore was ended in the middle, some files are old and some are new. */
async function refuseHalfRestored(directory: string): Promise<void> {
  const isThere = await Deno.lstat(join(directory, ...RESTORE_PLAN)).then(() => true, () => false);
  if (!isThere) return;
  throw new UserError(
    `${directory}: a restore was ended in the middle; finish it first: midge restore --resume --to ${directory}`,
  );
}
