/**
 * `midge store`: what a broker keeps on its disk, without the broker. Invariants: what only looks takes no lock and
 * changes nothing, also while a broker runs; what changes a store needs it to itself.
 */
import { suggestion } from "../config/keys.ts";
import { describeOptions } from "./option_table.ts";
import { backupCommand } from "./store/backup.ts";
import { checkCommand } from "./store/check.ts";
import { compactCommand } from "./store/compact.ts";
import { exportCommand } from "./store/export.ts";
import { importCommand } from "./store/import.ts";
import { ALL_OPTIONS, CHECK_OPTIONS, IMPORT_OPTIONS, PLACE_OPTIONS } from "./store/options.ts";
import { UsageError } from "./usage_error.ts";
import type { CommandShape } from "./shape.ts";

/** Printed by `midge store --help`. */
export const HELP = `Usage: midge store check [FOLDER] [--repair]
       midge store export [FILE]
       midge store import FILE [--from KIND] [--merge | --replace]
       midge store compact [FOLDER]
       midge store backup DEST

Looks after what a broker keeps on its disk: sessions, subscriptions, messages that wait, retained messages and wills.
The store is FOLDER, or that of the configuration.

check says what is in it and what is damaged. --repair keeps what can be read; damaged files are set aside
in a folder of their own. export prints it as lines of JSON, or writes them to FILE. import fills a store from such
lines, from mosquitto.db, from the SQLite database of mosquitto 2.1 or from aMQTT's session database. compact
writes only what is live into one new file, and removes the others. backup copies the store into the new or
empty folder DEST, from which a broker can be started.

check, export and backup also work while the broker runs. import, compact and --repair need it to be stopped.

${describeOptions(ALL_OPTIONS)}

Examples:
  midge store check -c config.yaml
  midge store backup /var/backups/midge -c config.yaml
  midge store import /var/lib/mosquitto/mosquitto.db --merge -c config.yaml

Exit code 0: done, and the store is whole; 1: it is damaged, or the system refused; 2: the command line was not
understood.`;

/** What it takes. */
export const SHAPE: CommandShape = {
  commands: {
    check: {
      summary: "what is in it, and what is damaged",
      operands: ["[FOLDER]"],
      options: CHECK_OPTIONS,
    },
    export: { summary: "prints it as lines of JSON", operands: ["[FILE]"], options: PLACE_OPTIONS },
    import: {
      summary: "fills it from lines of JSON, or another broker's file",
      operands: ["FILE"],
      options: IMPORT_OPTIONS,
    },
    compact: {
      summary: "keeps only what is live, in one new file",
      operands: ["[FOLDER]"],
      options: PLACE_OPTIONS,
    },
    backup: { summary: "copies it into a folder", operands: ["FOLDER"], options: PLACE_OPTIONS },
  },
};

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  check: checkCommand,
  export: exportCommand,
  import: importCommand,
  compact: compactCommand,
  backup: backupCommand,
};

/** Does what was asked for. */
export async function run([name = "", ...rest]: readonly string[]): Promise<number> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return await command(rest);
  const what = name === "" ? "a command is missing" : `unknown command ${JSON.stringify(name)}`;
  throw new UsageError(`${what}; ${suggestion(name, Object.keys(COMMANDS), "commands")}`);
}
