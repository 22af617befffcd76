/**
 * `midge db`: the tables of the plugins mysql and postgres, their users and rules. Invariants: it goes where the
 * configuration says that the plugin goes; values are bound; passwords come from the terminal or stdin, and are
 * stored as the plugin's password_hash says.
 */
import { aclCommand } from "./db/acl.ts";
import { initCommand } from "./db/init.ts";
import { userCommand } from "./db/user.ts";
import { suggestion } from "../config/keys.ts";
import { DB_OPTIONS } from "./db/options.ts";
import { describeOptions } from "./option_table.ts";
import { UsageError } from "./usage_error.ts";

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

Exit code 0: done; 1: the configuration or the server refused; 2: the command line was not understood.`;

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
