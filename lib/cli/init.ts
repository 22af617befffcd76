/**
 * `midge init`: a first configuration with a user, certificates where they are wanted, and a token for the page.
 * Invariants: nothing that is there is overwritten; without a terminal nothing is asked; secrets are printed once.
 */
import { commandName } from "./command_name.ts";
import { TERMINAL } from "./init/asker.ts";
import { carryOut, refuseOverwriting } from "./init/carry_out.ts";
import { checkGiven, INIT_OPTIONS } from "./init/options.ts";
import { simplePlan } from "./init/plan.ts";
import { planOf } from "./init/plan_of.ts";
import { reportLines } from "./init/report.ts";
import { describeOptions } from "./option_table.ts";
import { readOptions } from "./options.ts";
import type { CommandShape } from "./shape.ts";
import { printLine, printProblem } from "./terminal.ts";

/** Printed by `midge init --help`. */
export const HELP = `Usage: midge init [DIR] [--secure] [--edge] [FLAGS]

Writes DIR/config.yaml (without DIR: here) with a first user, and with --secure certificates of an authority of its
own; makes a token for the page. Asks at a terminal what no flag says; elsewhere it takes the defaults. Nothing
that is there is overwritten, and all is written or nothing. What root writes belongs to the owner of DIR. Prints
what comes next.

${describeOptions(INIT_OPTIONS)}

Example: midge init home && midge start -c home/config.yaml
Example: midge init /etc/midge --secure --host mqtt.example.org --data-dir /var/lib/midge`;

/** What it takes. */
export const SHAPE: CommandShape = { operands: ["[DIR]"], options: INIT_OPTIONS };

/** Asks, writes, and says what comes next. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, INIT_OPTIONS, ["[DIR]"]);
  checkGiven(given);
  // No one answers questions for a folder that has a configuration.
  await refuseOverwriting(simplePlan(given.operands[0] ?? "."));
  const isAsked = Deno.stdin.isTerminal() && Deno.stderr.isTerminal() && !given.has("yes");
  const { plan, madeUp } = await planOf(given, isAsked ? TERMINAL : undefined);
  if (isAsked && plan.tls !== undefined) printProblem("making keys and certificates ...");
  const result = await carryOut(plan);
  for (const line of reportLines(plan, result, madeUp, commandName())) printLine(line);
  return 0;
}
