/**
 * `midge db`: the tables of the plugins mysql and postgres, their users and rules. Invariants: it goes where the
 * configuration says that the plugin goes; values are bound; passwords come from the terminal or stdin, and are
 * stored as the plugin's password_hash says.
 */
import { aclCommand, RULE_SHAPES } from "./db/acl.ts";
import { initCommand } from "./db/init.ts";
import { USER_SHAPES, userCommand } from "./db/user.ts";
import { suggestion } from "../config/keys.ts";
import { DB_OPTIONS, INIT_OPTIONS } from "./db/options.ts";
import { describeOptions } from "./option_table.ts";
import { UsageError } from "./usage_error.ts";
import type { CommandShape } from "./shape.ts";

/** Printed by `midge db --help`. */
export const HELP = `Usage: midge db init mysql|postgres -c FILE
       midge db user add|passwd|delete NAME -c FILE [--superuser]
       midge db user list -c FILE
       midge db acl add TOPIC -c FILE [FLAGS]
       midge db acl delete ID -c FILE
       midge db acl list -c FILE

Manages the tables mqtt_user and mqtt_acl, those of the plugins' default queries, in the database of the plugin
mysql or postgres in FILE. user add and passwd ask for the password twice; when stdin is no terminal, its first
line is the password. A rule that names no one is for everyone.

${describeOptions(DB_OPTIONS)}

TOPIC is a topic filter, in which %u and %c stand for a level, or "eq TOPIC", taken literally. Which of several
rules decides, the first or the last, is the plugin's row_order.

Examples:
  midge db init postgres -c config.yaml
  midge db user add alice -c config.yaml
  midge db acl add 'home/%u/#' --user alice -c config.yaml

Exit code 0: done; 1: the configuration or the server refused; 2: the command line was not understood.`;

/** What it takes. */
export const SHAPE: CommandShape = {
  commands: {
    init: {
      summary: "makes the tables that are not there",
      operands: ["SOURCE"],
      choices: { SOURCE: ["mysql", "postgres"] },
      options: INIT_OPTIONS,
    },
    user: { summary: "the users", commands: USER_SHAPES },
    acl: { summary: "the rules", commands: RULE_SHAPES },
  },
};

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  init: initCommand,
  user: userCommand,
  acl: aclCommand,
};

/** Does what was asked for. */
export async function run(args: readonly string[]): Promise<number> {
  const [name = "", ...rest] = args;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    const what = name === "" ? "a command is missing" : `unknown command ${JSON.stringify(name)}`;
    throw new UsageError(`${what}; ${suggestion(name, Object.keys(COMMANDS), "commands")}`);
  }
  await command(rest);
  return 0;
}
