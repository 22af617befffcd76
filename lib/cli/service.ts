/**
 * `midge service`: the broker as a service of the machine. Invariant: commands on stdout, notes on stderr, so that what
 * is printed can be run as it is.
 */
import { resolve } from "../config/paths.ts";
import { UserError } from "../user_error.ts";
import { suggestion } from "../config/keys.ts";
import { describeOptions } from "./option_table.ts";
import { readOptions } from "./options.ts";
import type { CommandShape } from "./shape.ts";
import { install } from "./service/install.ts";
import { Machine, type MachineOptions, thisMachine } from "./service/machine.ts";
import {
  checkGiven,
  SERVICE_COMMANDS,
  SERVICE_OPTIONS,
  SERVICE_SHAPES,
  type ServiceGiven,
} from "./service/options.ts";
import { planOf } from "./service/plan.ts";
import { printReport } from "./service/report.ts";
import { statusOf } from "./service/status.ts";
import { uninstall } from "./service/uninstall.ts";
import { unitText } from "./service/unit.ts";
import { printLine, printText } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";

/** Printed by `midge service --help`. */
export const HELP = `Usage: midge service install [-c FILE] [--data-dir DIR] [--user NAME] [--print]
       midge service uninstall [--purge]
       midge service status

Makes the broker a service that starts with the machine. On Linux: install copies the executable to /usr/local/bin
where it stands elsewhere, makes /etc/midge/config.yaml with a first user where there is none, and writes a unit for
systemd; it prints the lines that root is to run next, those alone on stdout. uninstall removes the unit and keeps
configuration and data. On macOS install writes a job for launchd, on Windows it prints what makes a task.

${describeOptions(SERVICE_OPTIONS)}

Exit code 0: done, or the broker answers; 1: it could not be done, or no broker answers; 2: the command line was not
understood.

Example: sudo midge service install
Example: midge service install --print
Example: sudo midge service uninstall --purge`;

/** What it takes. */
export const SHAPE: CommandShape = { commands: SERVICE_SHAPES };

/** Does what was asked for. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, SERVICE_OPTIONS, ["COMMAND"]);
  const root = given.last("root");
  return await runOn(given, thisMachine(root === undefined ? "" : resolve(root)));
}

/** The same on another machine. */
export async function runOn(given: ServiceGiven, options: MachineOptions): Promise<number> {
  const [command = ""] = given.operands;
  if (!SERVICE_COMMANDS.includes(command)) {
    const hint = suggestion(command, SERVICE_COMMANDS, "commands");
    throw new UsageError(`unknown command ${JSON.stringify(command)}; ${hint}`);
  }
  checkGiven(command, given);
  const machine = new Machine(options);
  if (command === "install") return await runInstall(given, machine);
  if (machine.os !== "linux") {
    throw new UserError(
      `midge service ${command} is for Linux; docs/SERVICE.md has the lines for this system`,
    );
  }
  const name = given.last("name");
  if (command === "uninstall") return printReport(uninstall(name, given.has("purge"), machine)), 0;
  const { lines, isRunning } = await statusOf(name, machine);
  for (const line of lines) printLine(line);
  return isRunning ? 0 : 1;
}

async function runInstall(given: ServiceGiven, machine: Machine): Promise<number> {
  if (machine.os !== "linux") {
    const { installElsewhere } = await import("./service/elsewhere.ts");
    return await installElsewhere(given, machine);
  }
  const plan = await planOf(given, machine);
  if (given.has("print")) printText(unitText(plan).trimEnd());
  else printReport(await install(plan, machine));
  return 0;
}
