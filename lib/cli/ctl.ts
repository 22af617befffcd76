/**
 * `midge ctl`: asks a running broker over its management endpoint, and has it do things.
 */
import { meantHint, suggestion } from "../config/keys.ts";
import { addressOf } from "./ctl/address.ts";
import { BAN_OPTION_NAMES, TARGET_OPTIONS } from "./ctl/bans.ts";
import type { CtlCommand } from "./ctl/command.ts";
import { COMMANDS } from "./ctl/commands.ts";
import { type CtlOptions, OPTIONS, OWN_OPTIONS, type OwnOption } from "./ctl/options.ts";
import { describeOptions } from "./option_table.ts";
import { readOptions } from "./options.ts";
import { explicitWords } from "./option_words.ts";
import { commandRows, ctlHelp, ctlShape } from "./ctl/shapes.ts";
import { UsageError } from "./usage_error.ts";
import type { CommandShape } from "./shape.ts";

/** Printed by `midge ctl --help`. */
export const HELP = `Usage: midge ctl [-c FILE] [--data-dir DIR] [--json] COMMAND
       midge ctl --socket PATH [--json] COMMAND

Asks the running broker. COMMAND is one of

${commandRows(Object.entries(COMMANDS))}

Subscriptions that the rules deny end with acl reload, reload and acl cache-clean; connections stay.

${describeOptions(OPTIONS)}

Examples:
  midge ctl status
  midge ctl -c config.yaml clients --search sensor
  midge ctl ban add --address 203.0.113.0/24 --for 1h
  midge ctl ban add --help

midge ctl COMMAND --help tells more about one command.

Exit code 0: done; 1: no broker answers, or it could not do all of it; 2: the command line was not
understood.`;

/** What it takes. */
export const SHAPE: CommandShape = ctlShape();

/** The help of the command among these arguments. */
export function helpOf(args: readonly string[]): string {
  return ctlHelp(operandsAmong(args)) ?? HELP;
}

/** What is no option, as far as the arguments can be read. */
function operandsAmong(args: readonly string[]): readonly string[] {
  const words = args.filter((word) => word !== "--help" && word !== "-h");
  try {
    return explicitWords(words, OPTIONS).operands;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return words.filter((word) => !word.startsWith("-"));
  }
}

/** Does the command. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, OPTIONS, ["COMMAND..."]);
  const [name, operands] = findCommand(given.operands);
  const command = COMMANDS[name]!;
  checkUse(name, command, operands, given);
  return await command.run({ address: await addressOf(given), operands, given });
}

function findCommand(words: readonly string[]): [name: string, operands: readonly string[]] {
  for (const length of [3, 2, 1]) {
    const name = words.slice(0, length).join(" ");
    if (Object.hasOwn(COMMANDS, name)) return [name, words.slice(length)];
  }
  const group = groupOf(words[0] ?? "");
  if (words.length === 1 && group.length > 0) {
    throw new UsageError(`${words[0]}: a command is missing; expected ${group.join(", ")}`);
  }
  const given = words.slice(0, group.length > 0 ? 2 : 1).join(" ");
  const hint = suggestion(given, Object.keys(COMMANDS), "commands");
  throw new UsageError(`unknown command ${JSON.stringify(given)}; ${hint}`);
}

/** The commands that begin with this word, which is none itself. */
function groupOf(word: string): readonly string[] {
  if (Object.hasOwn(COMMANDS, word)) return [];
  return Object.keys(COMMANDS).filter((name) => name.startsWith(`${word} `));
}

function checkUse(
  name: string,
  command: CtlCommand,
  operands: readonly string[],
  given: CtlOptions,
): void {
  const missing = command.operands[operands.length];
  if (missing !== undefined && !missing.startsWith("[")) {
    throw new UsageError(`${name}: ${missing} is missing`);
  }
  const extra = operands[command.operands.length];
  if (extra !== undefined && command.asksPassword) {
    throw new UsageError("unexpected argument; a password is asked for, or --password-stdin");
  }
  if (extra !== undefined) {
    const longer = Object.keys(COMMANDS).filter((one) => one.startsWith(`${name} `));
    const hint = meantHint(`${name} ${operands[0]}`, longer);
    throw new UsageError(`unexpected argument ${JSON.stringify(extra)}${hint}`);
  }
  if (!command.isQuestion && (given.has("qos") || given.has("retain"))) {
    throw new UsageError("--qos and --retain go with acl explain and publish");
  }
  checkBanOptions(name, command, given);
  const stray = OWN_OPTIONS.find((option) => given.has(option) && !command.takes?.includes(option));
  if (stray !== undefined) {
    throw new UsageError(`${given.nameOf(stray)} goes with ${takers(stray)}`);
  }
}

function takers(option: OwnOption): string {
  return Object.entries(COMMANDS).filter(([, { takes }]) => takes?.includes(option))
    .map(([name]) => name).join(", ");
}

/** --for, --until and --reason are for a new one only. */
function checkBanOptions(name: string, command: CtlCommand, given: CtlOptions): void {
  const { isBan = false, takesFor = false } = command;
  const stray = BAN_OPTION_NAMES.find((option) =>
    given.has(option) && !(takesFor && option === "for") &&
    (!isBan || (name === "ban remove" && !TARGET_OPTIONS.has(option)))
  );
  if (stray === undefined) return;
  const forNew = stray === "for" ? "ban add and token new" : "ban add";
  const commands = TARGET_OPTIONS.has(stray) ? "ban add and ban remove" : forNew;
  throw new UsageError(`${given.nameOf(stray)} goes with ${commands}`);
}
