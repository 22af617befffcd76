/**
 * What the configuration tests share: a YAML text through the whole reader.
 */
import { UserError } from "../../lib/user_error.ts";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import type { BrokerConfig } from "../../lib/config/types.ts";
import { parseYaml } from "../../lib/config/yaml.ts";

/** The configuration of a text in a file `c.yaml` in the folder `/conf`. */
export function read(text: string): BrokerConfig {
  return normalizeConfig(parseYaml(text, "c.yaml"), { file: "c.yaml", directory: "/conf" });
}

/** Every line of the error that the text causes; empty when it is accepted. */
export function problemsOf(text: string): readonly string[] {
  try {
    read(text);
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.problems;
    throw error;
  }
}

/** The plugins of a text, name -> options, in order. */
export function pluginsOf(text: string): [name: string, options: unknown][] {
  return read(text).plugins.map(({ name, options }) => [name, options]);
}
