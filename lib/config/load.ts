/**
 * The configuration of a file, or of none. Invariant: what cannot be read or understood is a UserError; there is no
 * fall-back to defaults.
 */
import { RESTORE_PLAN } from "../restore_plan.ts";
import { readText } from "../text_file.ts";
import { UserError } from "../user_error.ts";
import { type DefaultFolders, normalizeConfig } from "./normalize.ts";
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
  /** Of a service: the defaults of data_dir, and of where the management socket is. */
  readonly folders?: DefaultFolders | undefined;
  /** Without a file: may others than this machine reach the broker? */
  readonly isOpen?: boolean | undefined;
}

const ALONE = "127.0.0.1:1883";
/** Said where there is no file. */
const ONLY_HERE =
  "no configuration file: only this machine reaches the broker; midge init writes one, --open lets others in";
const OPEN =
  "no configuration file: anyone who reaches this machine may connect; midge init writes one, with passwords";

/**
 * The configuration of a YAML file; without a file the built-in one, for this machine alone unless it is to be open,
 * with a warning that says so.
 * @throws UserError with one line for every problem
 */
export async function loadConfig(
  file: string | undefined,
  flags: ConfigFlags = {},
): Promise<BrokerConfig> {
  const dataDir = flags.dataDir === undefined ? undefined : resolve(flags.dataDir);
  const { folders } = flags;
  await refuseHalfRestored(file === undefined ? Deno.cwd() : dirname(resolve(file)));
  if (file === undefined) {
    const isOpen = flags.isOpen === true;
    const raw = isOpen
      ? BUILT_IN_OPTIONS
      : { listeners: { default: { bind: ALONE } }, ...BUILT_IN_OPTIONS };
    const config = normalizeConfig(raw, { directory: Deno.cwd(), dataDir, folders });
    config.warnings.push(isOpen ? OPEN : ONLY_HERE);
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

/** Where a restore was ended in the middle, some files are old and some are new. */
async function refuseHalfRestored(directory: string): Promise<void> {
  const isThere = await Deno.lstat(join(directory, ...RESTORE_PLAN)).then(() => true, () => false);
  if (!isThere) return;
  throw new UserError(
    `${directory}: a restore was ended in the middle; finish it first: midge restore --resume --to ${directory}`,
  );
}
