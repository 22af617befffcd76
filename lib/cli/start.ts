/**
 * `midge start`: the broker from its configuration until a signal ends it. Invariant: exit code 0 only
 * after an orderly stop; a problem before that is an error that run.ts prints.
 */
import type { Broker } from "../broker/life/broker.ts";
import type { ReloadResult } from "../broker/face/admin.ts";
import { maskedUrls } from "../secrets.ts";
import { problemsOf } from "../user_error.ts";
import { type ConfigFlags, loadConfig } from "../config/load.ts";
import type { BrokerConfig } from "../config/types.ts";
import { loggerFor } from "../log/logger.ts";
import { setUpLogging } from "../log/setup.ts";
import type { Logger } from "../plugin/types.ts";
import { VERSION } from "../version.ts";
import { catchFaults } from "./faults.ts";
import { describeOptions, type OptionTable } from "./option_table.ts";
import { readOptions } from "./options.ts";
import { listenToSignals } from "./signals.ts";
import { printLine } from "./terminal.ts";

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
  verbose: {
    names: ["verbose", "d"],
    help: "log at level debug whatever the configuration says",
  },
} as const satisfies OptionTable;

/** Printed by `midge start --help`. */
export const HELP = `Usage: midge [start] [--config FILE] [--data-dir DIR] [--verbose]

Starts the broker. Without a file: tcp on 0.0.0.0:1883, and anyone may connect.

${describeOptions(OPTIONS)}

SIGINT and SIGTERM stop it in order (at most 5 seconds; a second signal ends it at once).
SIGHUP reads the configuration again; no one is disconnected. Windows has Ctrl-C and Ctrl-Break; midge ctl stop and
midge ctl reload do the same everywhere.`;

function logStart(broker: Broker, config: BrokerConfig, logger: Logger): void {
  logger.info(`midge ${VERSION}`, { config: config.file ?? "built in" });
  for (const line of broker.listenerLines) logger.info(line);
  logger.info(`plugins: ${config.plugins.map(({ name }) => name).join(", ") || "none"}`);
  const { isOpen, whyNone } = broker.logins;
  if (isOpen || whyNone !== undefined) logger.warn(broker.accessSummary);
  else logger.info(broker.accessSummary);
  if (broker.management !== undefined) logger.info(`management: ${broker.management}`);
  logger.info(storageLine(config));
  for (const warning of config.warnings) logger.warn(warning);
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
  return () => {
    const result = last.then(() => reload(running));
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

/** Starts the broker and waits for its end. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, OPTIONS);
  const file = given.last("config");
  const verbose = given.has("verbose");
  const flags = { dataDir: given.last("dataDir") };
  const config = await loadConfig(file, flags);
  setUpLogging(logConfig(config, verbose));
  const logger = loggerFor("cli");
  catchFaults(logger);
  const { Broker } = await import("../broker/life/broker.ts");
  const broker = new Broker(config);
  const running = { broker, file, flags, verbose, logger, config };
  const started = broker.start();
  const reloadAgain = reloader(running, started);
  broker.onReloadRequest = reloadAgain;
  if (Deno.stdout.isTerminal()) broker.tell = printLine;
  const stopped = untilStopped(broker, () => void reloadAgain().catch(() => {}), logger); // a failed start is said below
  await started;
  logStart(broker, config, logger);
  await stopped;
  await broker.stop();
  logger.info("stopped");
  return 0;
}
