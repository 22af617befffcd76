/** The options of `midge service`, and the names that they allow. */
import type { OptionTable } from "../option_table.ts";
import type { CommandShape } from "../shape.ts";
import type { GivenOptions } from "../given_options.ts";
import { UsageError } from "../usage_error.ts";

/** Of all of its commands. */
export const SERVICE_OPTIONS = {
  config: {
    names: ["config", "c"],
    value: "FILE",
    filled: true,
    help: "install: the configuration to run with; default /etc/midge/config.yaml,\n" +
      "which is made, with a first user, where it is not there",
  },
  dataDir: {
    names: ["data-dir"],
    value: "DIR",
    filled: true,
    help: "install: the folder for what the broker writes; default the\n" +
      "configuration's data_dir, or /var/lib/midge",
  },
  user: {
    names: ["user"],
    value: "NAME",
    filled: true,
    help: "install: the user that the broker runs as; default midge, on\nmacOS daemon",
  },
  name: {
    names: ["name"],
    value: "NAME",
    default: "midge",
    filled: true,
    help: "the service's name, and that of its folders in /etc, /var/lib\nand /run",
  },
  root: {
    names: ["root"],
    value: "DIR",
    filled: true,
    help: "write below DIR, for the image of a machine",
  },
  print: { names: ["print"], help: "install: print the unit and write nothing" },
  purge: {
    names: ["purge"],
    help: "uninstall: remove configuration and data too; they are gone\nfor good then",
  },
} as const satisfies OptionTable;

/** What was given. */
export type ServiceGiven = GivenOptions<typeof SERVICE_OPTIONS>;

/** Which command takes which of them; all take --name and --root. */
const TAKEN_BY: Readonly<Record<string, readonly (keyof typeof SERVICE_OPTIONS)[]>> = {
  install: ["config", "dataDir", "user", "print"],
  uninstall: ["purge"],
  status: [],
};

const SUMMARIES: Readonly<Record<string, string>> = {
  install: "writes what starts the broker with the machine",
  uninstall: "removes it; configuration and data stay",
  status: "is it installed, and does it run?",
};

/** What each takes. */
export const SERVICE_SHAPES: Readonly<Record<string, CommandShape>> = Object.fromEntries(
  Object.entries(TAKEN_BY).map(([command, taken]) => {
    const names = [...taken, "name", "root"] as const;
    const options = Object.fromEntries(names.map((name) => [name, SERVICE_OPTIONS[name]]));
    return [command, { summary: SUMMARIES[command] ?? "", options }];
  }),
);

/** The names of the commands. */
export const SERVICE_COMMANDS: readonly string[] = Object.keys(TAKEN_BY);

/** @throws {UsageError} for an option that the command does not take, and a name that is none */
export function checkGiven(command: string, given: ServiceGiven): void {
  for (const option of ["config", "dataDir", "user", "print", "purge"] as const) {
    if (!given.has(option) || TAKEN_BY[command]?.includes(option)) continue;
    const [taker] = Object.entries(TAKEN_BY).find(([, taken]) => taken.includes(option)) ?? [];
    throw new UsageError(`${given.nameOf(option)} goes with ${taker}`);
  }
  for (const option of ["name", "user"] as const) {
    const name = given.last(option);
    if (name === undefined || /^[a-z_][a-z0-9_-]{0,30}$/.test(name)) continue;
    const expected = "expected up to 31 small letters, digits, - and _";
    throw new UsageError(`${given.nameOf(option)} got ${JSON.stringify(name)}, ${expected}`);
  }
}
