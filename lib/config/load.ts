/**
 * Reads the configuration file. Called by lib/cli at start, check and reload. Invariant: what cannot
 * be read or understood is a UserError; there is no fall-back to defaults.
 */
import { BUILT_IN_OPTIONS } from "./defaults.ts";
import { readText } from "../text_file.ts";
import { normalizeConfig } from "./normalize.ts";
import { dirname, resolve } from "./paths.ts";
import type { BrokerConfig } from "./types.ts";

/**
 * The configuration of a YAML file; without a file the built-in one, with a warning that anyone may
 * connect.
 * @throws UserError with one line for every problem
 */
export async function loadConfig(file: string | undefined): Promise<BrokerConfig> {
  if (file === undefined) {
    const config = normalizeConfig(BUILT_IN_OPTIONS, { directory: Deno.cwd() });
    config.warnings.push("no configuration file: anyone may connect; give one with --config FILE");
    return config;
  }
  const text = await readText(file);
  const { parseYaml } = await import("./yaml.ts");
  return normalizeConfig(parseYaml(text, file), { file, directory: dirname(resolve(file)) });
}
