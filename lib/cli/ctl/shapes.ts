/**
 * What each command of `midge ctl` takes, as data, and its own help text. Invariant: an option is there exactly where
 * `midge ctl` takes it.
 */
import { describeOptions, type OptionTable } from "../option_table.ts";
import { type CommandShape, treeOf } from "../shape.ts";
import { ADDRESS_OPTIONS } from "./address.ts";
import { BAN_OPTION_NAMES, TARGET_OPTIONS } from "./bans.ts";
import type { CtlCommand } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { OPTIONS } from "./options.ts";

/** What stands with every command. */
export const GENERAL_OPTIONS = {
  ...ADDRESS_OPTIONS,
  json: OPTIONS.json,
} as const satisfies OptionTable;

/** The options of one command beside the general ones. */
function ownOptions(name: string, command: CtlCommand): OptionTable {
  const { takes = [], isQuestion = false, isBan = false, takesFor = false } = command;
  const ban = BAN_OPTION_NAMES.filter((one) =>
    isBan ? name === "ban add" || TARGET_OPTIONS.has(one) : takesFor && one === "for"
  );
  const names: readonly (keyof typeof OPTIONS)[] = [
    ...isQuestion ? ["qos", "retain"] as const : [],
    ...ban,
    ...takes,
  ];
  return Object.fromEntries(names.map((one) => [one, forOneCommand(OPTIONS[one])]));
}

/** An option's help without the words that say which commands take it. */
function forOneCommand<Spec extends OptionTable[string]>(spec: Spec): Spec {
  const help = spec.help.replace(/^(?:\.\.\. |[a-z, ]+: )/, "").replace(/(?:; publish)?;?$/, "");
  return { ...spec, help };
}

/** All commands, by their words. */
export function ctlShape(): CommandShape {
  const shapes = Object.entries(COMMANDS).map(([name, command]) => {
    const { operands, choices = {}, help } = command;
    const summary = help.replaceAll("\n", " ");
    const options = { ...ownOptions(name, command), ...GENERAL_OPTIONS };
    return [name, { summary, operands, choices, options }] as const;
  });
  return { options: GENERAL_OPTIONS, commands: treeOf(Object.fromEntries(shapes)) };
}

/** The help of one command, such as `ban add`, or of those that begin with a word; undefined: there is none. */
export function ctlHelp(words: readonly string[]): string | undefined {
  for (const length of [3, 2, 1]) {
    const name = words.slice(0, length).join(" ");
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command !== undefined) return commandHelp(name, command);
  }
  const group = Object.entries(COMMANDS).filter(([name]) => name.startsWith(`${words[0]} `));
  if (group.length === 0) return undefined;
  return `Usage: midge ctl ${words[0]} COMMAND

${commandRows(group)}

Example:
  ${group[0]![1].example}`;
}

/** Names of commands with what follows them, and what they do. */
export function commandRows(commands: readonly (readonly [string, CtlCommand])[]): string {
  const width = 39;
  return commands.map(([name, { operands, help }]) => {
    const head = `  ${[name, ...operands].join(" ")}`;
    return head.padEnd(width) + help.replaceAll("\n", `\n${" ".repeat(width)}`);
  }).join("\n");
}

function commandHelp(name: string, command: CtlCommand): string {
  const { operands, help, example } = command;
  const own = ownOptions(name, command);
  const head = ["midge ctl", name, ...operands, "[FLAGS]"].join(" ");
  const text = help.replaceAll("\n", " ");
  return `Usage: ${head}

${text.slice(0, 1).toUpperCase()}${text.slice(1)}.

${describeOptions({ ...own, ...GENERAL_OPTIONS })}

Example:
  ${example}`;
}
