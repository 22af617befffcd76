/**
 * `midge check`: everything `midge start` would complain about, without listening. Invariant: it says "fine" only of a
 * configuration that can be started, with which some client can log in.
 */
import { loadConfig } from "../config/load.ts";
import type { BrokerConfig } from "../config/types.ts";
import { setUpLogging } from "../log/setup.ts";
import type { Broker } from "../broker/life/broker.ts";
import { limitLines } from "./limit_lines.ts";
import { describeOptions, type OptionTable } from "./option_table.ts";
import { readOptions } from "./options.ts";
import { printLine, printProblem } from "./terminal.ts";
import type { CommandShape } from "./shape.ts";

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
  connect: {
    names: ["connect"],
    help: "ask every database and HTTP server one question of each kind, as\n" +
      "for a client that no one knows; they may log a failed login",
  },
} as const satisfies OptionTable;

/** Printed by `midge check --help`. */
export const HELP = `Usage: midge check [--config FILE] [--data-dir DIR] [--connect]

Checks the configuration as start would: keys and values, plugins and their options. Prints every problem
and warning in a line of its own, what edge sets, and the limits that hold. Exit code 0: it can be started; 1: it cannot, or
with --connect a server does not answer. The last line says "fine" only if some client can log in.

${describeOptions(OPTIONS)}

Example:
  midge check --config config.yaml`;

/** What it takes. */
export const SHAPE: CommandShape = { options: OPTIONS };

/** Checks; throws UserError with all problems. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, OPTIONS);
  const file = given.last("config");
  const config = await loadConfig(file, { dataDir: given.last("dataDir") });
  for (const warning of config.warnings) printProblem(`warning: ${warning}`);
  // What plugins find doubtful about their options they say in the log.
  setUpLogging({ level: "warning", format: "text", loggers: {} });
  const { Broker } = await import("../broker/life/broker.ts");
  const broker = await Broker.prepare(config);
  try {
    const isReached = !given.has("connect") || await askServers(broker, file);
    for (const line of edgeLines(config.edge)) printLine(line);
    printLine("limits:");
    for (const line of limitLines(config.limits, config.listeners)) printLine(`  ${line}`);
    if (isReached) printLine(verdict(broker, file ?? "the built-in configuration"));
    return isReached ? 0 : 1;
  } finally {
    await broker.stop();
  }
}

/** What the profile has set; none where it is off. */
function edgeLines(settings: BrokerConfig["edge"]): string[] {
  if (settings === undefined) return [];
  const width = Math.max(0, ...settings.map(([name]) => name.length));
  return ["edge sets:", ...settings.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)];
}

function verdict({ logins }: Broker, name: string): string {
  const { whyNone } = logins;
  if (whyNone === undefined) return `${name}: fine`;
  return `${name}: can be started, but no one can log in: ${whyNone}`;
}

/** Did all answer? */
async function askServers({ logins }: Broker, file: string | undefined): Promise<boolean> {
  const reports = await logins.askServers();
  const where = file === undefined ? "" : `${file}: `;
  for (const { plugin, problem } of reports) {
    if (problem === undefined) printLine(`${plugin}: answers`);
    else printProblem(`midge: ${where}plugins.${plugin}: ${problem}`);
  }
  return reports.every(({ problem }) => problem === undefined);
}
