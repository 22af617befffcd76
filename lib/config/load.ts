/**
 * Reads the configuration file. Called by lib/cli at start, check and reload. Invariant: what cannot
 * be read or understood is a UserError; there is no fall-back to defaults.
 */
import { BUILT_IN_OPTIONS } from "./defaults.ts";
import { messageOf, UserError } from "../user_error.ts";
import { normalizeConfig } from "./normalize.ts";
import { dirname, resolve } from "./paths.ts";
import type { BrokerConfig } from "./types.ts";

/** Why a file could not be read, in words. */
export function whyUnreadable(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file";
  if (error instanceof Deno.errors.NotCapable) return "may not be read; --allow-read is needed";
  if (error instanceof Deno.errors.PermissionDenied) return "may not be read: permission denied";
  if (error instanceof Deno.errors.IsADirectory) return "is a folder; expected a file";
  return `cannot be read: ${messageOf(error)}`;
}

/** The text of a configuration file; throws UserError when it cannot be read. */
export async function readText(file: string): Promise<string> {
  const bytes = await Deno.readFile(file).catch((cause) => {
    throw new UserError(`${file}: ${whyUnreadable(cause)}`, { cause });
  });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UserError(`${file}: is not UTF-8 text`, { cause });
  }
}

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
