/** What an embedder gives a broker: a configuration as people write it, or one that is checked already. */
import { normalizeConfig } from "./normalize.ts";
import type { BrokerConfig, BrokerOptions } from "./types.ts";

/** Options as the file has them, or what `loadConfig` gives. */
export type BrokerSource = BrokerOptions | BrokerConfig;

/**
 * The configuration, checked; relative paths in options are relative to the working directory.
 * @throws UserError with every problem
 */
export function configOf(source: BrokerSource): BrokerConfig {
  return isChecked(source) ? source : normalizeConfig(source, { directory: Deno.cwd() });
}

/** Options have no such keys. */
function isChecked(source: BrokerSource): source is BrokerConfig {
  return "limits" in source && "access" in source;
}
