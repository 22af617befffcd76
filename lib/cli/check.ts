/**
 * `midge check`: everything `midge start` would complain about, without listening.
 */
import { loadConfig } from "../config/load.ts";
import { setUpLogging } from "../log/setup.ts";
import { describeOptions, type OptionTable } from "./option_table.ts";
import { readOptions } from "./options.ts";
import { printLine, printProblem } from "./terminal.ts";

const OPTIONS = {
  config: {
    names: ["config", "c"],
    value: "FILE",
    filled: true,
    help: "the configuration to check; without it the built-in one",
  },
  dataDir: {
    names: ["data-dir"],
    value: "DIR",
    filled: true,
    help: "the folder for what the broker writes, as start takes it",
  },
} as const satisfies OptionTable;

/** Printed by `midge check --help`. */
export const HELP = `Usage: midge check [--config FILE] [--data-dir DIR]

Checks the configuration as start would: keys and values, plugins and their options. Prints every problem
and warning in a line of its own. Exit code 0: it can be started; 1: it cannot.

${describeOptions(OPTIONS)}`;

/** Checks; throws UserError with all problems. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, OPTIONS);
  const file = given.last("config");
  const config = await loadConfig(file, { dataDir: given.last("dataDir") });
  for (const warning of config.warnings) printProblem(`warning: ${warning}`);
  // What plugins find doubtful about their options they say in the log.
  setUpLogging({ level: "warning", format: "text", loggers: {} });
  const { Broker } = await import("../broker/life/broker.ts");
  await Broker.check(config);
  printLine(`${file ?? "the built-in configuration"}: fine`);
  return 0;
}
