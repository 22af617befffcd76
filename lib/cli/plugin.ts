/** `midge plugin`: begins a plugin, and tries one without a broker. Invariant: no listener is opened. */
import { suggestion } from "../config/keys.ts";
import { describeOptions } from "./option_table.ts";
import { checkCommand } from "./plugin/check.ts";
import { newCommand } from "./plugin/new.ts";
import { ALL_OPTIONS, CHECK_OPTIONS, NEW_OPTIONS } from "./plugin/options.ts";
import type { CommandShape } from "./shape.ts";
import { UsageError } from "./usage_error.ts";

/** Printed by `midge plugin --help`. */
export const HELP = `Usage: midge plugin new NAME [--js | --ts]
       midge plugin check FILE [--config FILE]

new writes a plugin to begin with, and its test, into the working directory or where NAME leads, and says what to
write into the configuration. What is there is not overwritten.

check loads the plugin as a start would: it imports FILE, checks what it exports and its options, runs its setup,
checks the hooks and disposes of it. It says what hooks it has, what it imports, and whether it works in an
executable. Each problem is one line. Exit code 0: it can be used; 1: it cannot.

${describeOptions(ALL_OPTIONS)}

Examples:
  midge plugin new greeter
  midge plugin check greeter.js --config config.yaml`;

/** What it takes. */
export const SHAPE: CommandShape = {
  commands: {
    new: {
      summary: "a plugin to begin with, and its test",
      operands: ["NAME"],
      options: NEW_OPTIONS,
    },
    check: {
      summary: "loads a plugin as a start would, without a broker",
      operands: ["FILE"],
      options: CHECK_OPTIONS,
    },
  },
};

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  new: newCommand,
  check: checkCommand,
};

/** Does what was asked for. */
export async function run([name = "", ...rest]: readonly string[]): Promise<number> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return await command(rest);
  const what = name === "" ? "a command is missing" : `unknown command ${JSON.stringify(name)}`;
  throw new UsageError(`${what}; ${suggestion(name, Object.keys(COMMANDS), "commands")}`);
}
