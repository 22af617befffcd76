/**
 * The client's configuration that follows from the options of a client command and the file that they name.
 * Invariant: what an option says wins over the file; a password in an error line is not shown.
 */
import { loadClientOptions, normalizeClientConfig } from "../client/config.ts";
import type { ClientConfig, ClientOptions, ConnectionOptions } from "../client/config_types.ts";
import { isMapping } from "../config/keys.ts";
import { dirname, resolve } from "../config/paths.ts";
import { UserError } from "../user_error.ts";
import { setUpLogging } from "../log/setup.ts";
import { connectionOf } from "./client_connection.ts";
import type { ConnectionFlags, GeneralFlags } from "./client_options.ts";
import { inFlags } from "./flag_words.ts";
import { printProblem } from "./terminal.ts";

/** The connection and what else an URL says: mosquitto's URLs end with a topic. */
export interface CommandConfig {
  readonly config: ClientConfig;
  readonly topic: string | undefined;
}

/**
 * Sets logging up, reads the file and prints warnings.
 * @param session What is said of the session; wins over the file
 * @param habits What holds where neither says anything
 * @throws {UsageError} where the options are not understood
 * @throws {UserError} where the file or the configuration is wrong
 */
export async function readClientConfig(
  given: ConnectionFlags & GeneralFlags,
  session: ClientOptions = {},
  habits: ClientOptions = {},
): Promise<CommandConfig> {
  setUpLogging({ level: levelOf(given), format: "text", loggers: {} });
  const { connection: flags, topic } = connectionOf(given);
  const { connection: more, ...said } = session;
  const connection: ConnectionOptions = { ...flags, ...more };
  const options = given.has("insecure") ? { ...said, check_hostname: false } : said;
  const file = given.last("config-file");
  const inWords = (line: string) => inFlags(line, { connection, session }, file);
  const config = await configOf(file, connection, options, habits).catch((error) => {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.problems.map(inWords), { cause: error });
  });
  if (!given.has("quiet")) {
    for (const warning of config.warnings) printProblem(`midge: ${inWords(warning)}`);
  }
  return { config, topic };
}

async function configOf(
  file: string | undefined,
  connection: ConnectionOptions,
  options: ClientOptions,
  habits: ClientOptions,
): Promise<ClientConfig> {
  if (file === undefined) {
    const all = { ...habits, ...options, connection };
    return normalizeClientConfig(all, { directory: Deno.cwd() });
  }
  const given = await loadClientOptions(file);
  const saysRetries = isMapping(given) && Object.keys(given).some((key) => /retries$/.test(key));
  const usual = isMapping(given) && !saysRetries ? { ...habits, ...given } : given;
  const merged = merge(usual, connection, options);
  return normalizeClientConfig(merged, { file, directory: dirname(resolve(file)) });
}

function levelOf(given: GeneralFlags): "debug" | "warning" | "error" {
  if (given.has("debug")) return "debug";
  return given.has("quiet") ? "error" : "warning";
}

/** A file's options with those of the command line over them; normalizing refuses what is no mapping. */
function merge(base: unknown, connection: ConnectionOptions, options: ClientOptions): unknown {
  if (!isMapping(base)) return base ?? { ...options, connection };
  const { connection: given, broker, ...rest } = base;
  const old = given ?? broker ?? {};
  if (!isMapping(old)) return base;
  return { ...rest, ...options, connection: { ...old, ...connection } };
}
