/**
 * `midge start`: the broker from its configuration until a signal ends it. Invariant: exit code 0 only
 * after an orderly stop; a problem before that is an error that run.ts prints.
 */
import type { Broker } from "../broker/life/broker.ts";
import type { ReloadResult } from "../broker/face/admin.ts";
import { maskedUrls } from "../secrets.ts";
import { problemsOf } from "../user_error.ts";
import { isLoopback } from "../config/bind.ts";
import { type ConfigFlags, loadConfig } from "../config/load.ts";
import { resolve, toFileUrl } from "../config/paths.ts";
import type { BrokerConfig } from "../config/types.ts";
import { loggerFor } from "../log/logger.ts";
import { setUpLogging } from "../log/setup.ts";
import type { Logger } from "../plugin/types.ts";
import { serviceFolders } from "../service/environment.ts";
import type { Watcher } from "../service/watcher.ts";
import { VERSION } from "../version.ts";
import { catchFaults } from "./faults.ts";
import { describeOptions, type OptionTable } from "./option_table.ts";
import type { GivenOptions } from "./given_options.ts";
import { readOptions } from "./options.ts";
import { watcherOf } from "./service_watch.ts";
import { listenToSignals } from "./signals.ts";
import type { StartScreen } from "./start/screen.ts";
import { printLine } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";
import type { CommandShape } from "./shape.ts";

const OPTIONS = {
  config: {
    names: ["config", "c"],
    value: "FILE",
    filled: true,
    help: "the configuration (YAML); config.yaml shows every key",
  },
  dataDir: {
    names: ["data-dir"],
    value: "DIR",
    filled: true,
    help:
      "the folder for what the broker writes, in place of the\nconfiguration's data_dir; without both: data beside FILE, or in\n" +
      "the working directory. midge ctl needs the same flag",
  },
  open: {
    names: ["open"],
    help: "without FILE: listen on every address; anyone may connect then",
  },
  verbose: {
    names: ["verbose", "d"],
    help: "log at level debug whatever the configuration says",
  },
} as const satisfies OptionTable;

/** Printed by `midge start --help`. */
export const HELP = `Usage: midge [start] [--config FILE] [--data-dir DIR] [--verbose]
       midge [start] --open [--data-dir DIR] [--verbose]

Starts the broker. Without a file: tcp on 127.0.0.1:1883, which only this machine reaches, without passwords, and
the dashboard at http://127.0.0.1:18083; midge init writes a file.

${describeOptions(OPTIONS)}

SIGINT and SIGTERM stop it in order (at most 5 seconds; a second signal ends it at once).
SIGHUP reads the configuration again; no one is disconnected. Windows has Ctrl-C and Ctrl-Break; midge ctl stop and
midge ctl reload do the same everywhere.

Example:
  midge start --config config.yaml --data-dir data`;

/** What it takes. */
export const SHAPE: CommandShape = { options: OPTIONS };

function logStart(broker: Broker, config: BrokerConfig, logger: Logger): void {
  logger.info(`midge ${VERSION}`, { config: config.file ?? "built in" });
  for (const line of broker.listenerLines) logger.info(line);
  logger.info(`plugins: ${config.plugins.map(({ name }) => name).join(", ") || "none"}`);
  const { isOpen, whyNone } = broker.logins;
  if (isOpen && isReachedByOthers(config)) logger.warn(openLine(broker, config));
  else if (whyNone !== undefined) logger.warn(broker.accessSummary);
  else logger.info(broker.accessSummary);
  if (broker.management !== undefined) logger.info(`management: ${broker.management}`);
  logger.info(storageLine(config));
  for (const warning of config.warnings) logger.warn(warning);
}

/** What to do where anyone may connect. */
const WAY_OUT =
  "midge init writes a configuration with passwords; in this one: auth_file in the place of auth_anonymous";

/** Of a start without a file its warning says what to do. */
function openLine({ accessSummary }: Broker, { file }: BrokerConfig): string {
  return file === undefined ? accessSummary : `${accessSummary}; ${WAY_OUT}`;
}

function isReachedByOthers({ listeners }: BrokerConfig): boolean {
  return listeners.some(({ socketFile, hostname }) =>
    socketFile === undefined && !isLoopback(hostname)
  );
}

function storageLine({ storage }: BrokerConfig): string {
  if (storage === undefined) {
    return "storage: memory alone, sessions and retained messages end with the broker";
  }
  const { plugin, path, durability } = storage;
  return plugin === undefined
    ? `storage: ${path} (${durability})`
    : `storage: plugin ${maskedUrls(plugin)}`;
}

/** What a reload needs to know of the start. */
interface Running {
  readonly broker: Broker;
  readonly file: string | undefined;
  readonly flags: ConfigFlags;
  readonly verbose: boolean;
  readonly logger: Logger;
  readonly watcher: Watcher | undefined;
  config: BrokerConfig;
}

/** Reads the configuration again; on an error the running one stays. Never rejects. */
async function reload(running: Running): Promise<ReloadResult> {
  const { broker, file, flags, verbose, logger } = running;
  try {
    const config = await loadConfig(file, flags);
    // First the log: at their set-up some plugins ask it what would be written.
    setUpLogging(logConfig(config, verbose));
    const result = await broker.reload(config);
    running.config = config;
    for (const warning of config.warnings) logger.warn(warning);
    for (const change of result.changes) logger.info(`reload: ${change}`);
    for (const warning of result.warnings ?? []) logger.warn(`reload: ${warning}`);
    for (const problem of result.problems) logger.error(`not reloaded: ${problem}`);
    if (result.problems.length === 0) logger.info("reloaded");
    return result;
  } catch (error) {
    setUpLogging(logConfig(running.config, verbose));
    const problems = problemsOf(error);
    for (const problem of problems) logger.error(`not reloaded: ${problem}`);
    return { changes: [], problems };
  }
}

/** `reload`, but one at a time, and not before the broker has started. */
function reloader(running: Running, started: Promise<void>): () => Promise<ReloadResult> {
  let last: Promise<unknown> = started;
  const reloadAndTell = async () => {
    running.watcher?.reloading();
    const result = await reload(running);
    running.watcher?.reloaded();
    return result;
  };
  return () => {
    const result = last.then(reloadAndTell);
    last = result;
    return result;
  };
}

function logConfig(config: BrokerConfig, verbose: boolean): BrokerConfig["log"] {
  return verbose ? { ...config.log, level: "debug" } : config.log;
}

/** Listens to signals and requests from now on; the promise resolves once one has asked for the stop. */
function untilStopped(broker: Broker, onReload: () => void, logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    broker.onStopRequest = () => {
      logger.info("midge ctl stop: stopping");
      resolve();
    };
    listenToSignals({
      stop(signal) {
        logger.info(`${signal}: stopping`);
        resolve();
      },
      force(signal) {
        logger.warn(`${signal} again: stopping at once`);
        Deno.exit(1);
      },
      reload: onReload,
    });
  });
}

/** Is there such a file, and not as a part of a clone of this repository? */
function isOwnFileHere(name: string): boolean {
  try {
    return Deno.statSync(name).isFile && Deno.mainModule !== toFileUrl(resolve("main.ts")).href;
  } catch {
    return false; // it is only a hint
  }
}

/** Who is at a terminal, and has not asked for all of the log, sees a screen in place of its first lines. */
async function screenFor(config: BrokerConfig, verbose: boolean): Promise<StartScreen | undefined> {
  const { level, format } = config.log;
  if (!Deno.stderr.isTerminal() || verbose || level !== "info" || format !== "text") {
    return undefined;
  }
  const { StartScreen } = await import("./start/screen.ts");
  return new StartScreen();
}

async function showScreen(
  screen: StartScreen,
  broker: Broker,
  config: BrokerConfig,
): Promise<void> {
  const { commandName } = await import("./command_name.ts");
  screen.show({
    version: VERSION,
    command: commandName(),
    config,
    listeners: broker.listeners,
    access: broker.accessSummary,
    isOpen: broker.isOpen,
    storage: storageLine(config),
  });
}

function flagsOf(given: GivenOptions<typeof OPTIONS>): ConfigFlags {
  const isOpen = given.has("open");
  if (isOpen && given.has("config")) {
    throw new UsageError("--open is for a start without a file; in FILE: listeners.default.bind");
  }
  return { dataDir: given.last("dataDir"), folders: serviceFolders(), isOpen };
}

/** Throws the error with what to do about it. */
async function explained(error: unknown, file?: string, config?: BrokerConfig): Promise<never> {
  const { toldWhatToDo } = await import("./start/next_step.ts");
  const { situationOf } = await import("./start/situation.ts");
  throw toldWhatToDo(error, await situationOf(file, config));
}

/** Starts the broker and waits for its end. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, OPTIONS);
  const file = given.last("config");
  const verbose = given.has("verbose");
  const flags = flagsOf(given);
  const config = await loadConfig(file, flags).catch((error) => explained(error, file));
  const screen = await screenFor(config, verbose);
  setUpLogging(logConfig(config, verbose), undefined, undefined, screen?.hold);
  const logger = loggerFor("cli");
  catchFaults(logger);
  const { Broker } = await import("../broker/life/broker.ts");
  const broker = new Broker(config);
  const watcher = await watcherOf(broker, config.dataDir, logger);
  if (file === undefined && isOwnFileHere("config.yaml")) {
    config.warnings.push("config.yaml is here, and was not asked for: midge start -c config.yaml");
  }
  const running = { broker, file, flags, verbose, logger, watcher, config };
  const started = broker.start();
  const reloadAgain = reloader(running, started);
  broker.onReloadRequest = reloadAgain;
  if (Deno.stdout.isTerminal()) broker.tell = screen?.tell ?? printLine;
  const stopped = untilStopped(broker, () => void reloadAgain().catch(() => {}), logger); // a failed start is said below
  await started.catch((error) => explained(error, file, config));
  logStart(broker, config, logger);
  watcher?.started();
  if (screen !== undefined) await showScreen(screen, broker, config);
  await stopped;
  watcher?.stopping();
  await broker.stop();
  logger.info("stopped");
  await watcher?.close();
  return 0;
}
