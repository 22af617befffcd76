/**
 * The configuration of a file, or of none. Invariant: what cannot be read or understood is a UserError; there is no
 * fall-back to defaults.
 */
import { readText } from "../text_file.ts";
import { type DefaultFolders, normalizeConfig } from "./normalize.ts";
import { dirname, resolve } from "./paths.ts";
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
  /** Of a service: the defaults of data_dir, and of where the management socket is. */
  readonly folders?: DefaultFolders | undefined;
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
  const { folders } = flags;
  if (file === undefined) {
    const config = normalizeConfig(BUILT_IN_OPTIONS, { directory: Deno.cwd(), dataDir, folders });
    config.warnings.push("no configuration file: anyone may connect; give one with --config FILE");
    return config;
  }
  const text = await readText(file);
  const { parseConfig } = await import("./yaml.ts");
  return normalizeConfig(parseConfig(text, file), {
    file,
    directory: dirname(resolve(file)),
    dataDir,
    folders,
  });
}
