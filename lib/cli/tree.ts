/**
 * The whole command line as data: the shapes of all commands below `midge`. Invariant: it is gathered from the
 * commands' own files, which are all imported for it.
 */
import type { OptionTable } from "./option_table.ts";
import { type CommandModule, COMMANDS, loadCommand } from "./run.ts";
import type { CommandShape } from "./shape.ts";

/** What `midge` itself takes. */
const ROOT_OPTIONS = {
  help: { names: ["help", "h"], help: "what midge is, and its commands" },
  version: { names: ["version", "V"], help: "the version" },
} as const satisfies OptionTable;

/** One command's file, with its name and what it does. */
export interface NamedCommand {
  readonly name: string;
  readonly summary: string;
  readonly module: CommandModule;
}

/** Every command that has a file, in the order of the help. */
export async function allCommands(): Promise<readonly NamedCommand[]> {
  return await Promise.all(
    Object.entries(COMMANDS).map(async ([name, summary]) => ({
      name,
      summary,
      module: await loadCommand(name),
    })),
  );
}

/** The tree: `midge` with its commands; without one it takes what `start` takes. */
export async function commandTree(): Promise<CommandShape> {
  const named = await allCommands();
  const shapes = named.map(({ name, summary, module }) =>
    [name, { ...module.SHAPE, summary }] as const
  );
  const help: CommandShape = {
    summary: "what a command takes, or what a page of the documentation says",
    operands: ["[COMMAND]"],
    choices: { COMMAND: Object.keys(COMMANDS) },
  };
  const commands: Readonly<Record<string, CommandShape>> = {
    ...Object.fromEntries(shapes),
    help,
    version: { summary: "the version of Midge and of its Deno" },
  };
  return { options: { ...commands["start"]?.options, ...ROOT_OPTIONS }, commands };
}
