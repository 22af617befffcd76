/**
 * `midge homeassistant`: the configuration of the Home Assistant add-on, from the options that people chose there.
 * Invariants: options that are wrong write nothing; what is written is whole, and its owner's alone.
 */
import { replaceFile } from "../replaced_file.ts";
import { readText } from "../text_file.ts";
import { addonConfigText, type AddonPlaces } from "./addon/config_text.ts";
import { type AddonOptions, readAddonOptions } from "./addon/options.ts";
import { systemLogins, writePasswords } from "./addon/users.ts";
import type { GivenOptions } from "./given_options.ts";
import { describeOptions, type OptionTable } from "./option_table.ts";
import { readOptions } from "./options.ts";
import type { CommandShape } from "./shape.ts";
import { printLine } from "./terminal.ts";

const OPTIONS = {
  options: {
    names: ["options"],
    value: "FILE",
    filled: true,
    default: "/data/options.json",
    help: "what the Supervisor has written",
  },
  output: {
    names: ["output"],
    value: "DIR",
    filled: true,
    default: "/data/midge",
    help: "the folder for config.yaml, passwords and data;\nit is made where it is missing",
  },
  ssl: {
    names: ["ssl"],
    value: "DIR",
    filled: true,
    default: "/ssl",
    help: "the folder of certificates",
  },
  tokenFile: {
    names: ["token-file"],
    value: "FILE",
    filled: true,
    default: "/run/midge/supervisor_token",
    help: "the Supervisor's token",
  },
  plugin: {
    names: ["plugin"],
    value: "FILE",
    filled: true,
    default: "/usr/share/midge/home_assistant.js",
    help: "the plugin that speaks with the Supervisor",
  },
} as const satisfies OptionTable;

/** What is understood. */
export const SHAPE: CommandShape = { options: OPTIONS };

/** Printed by `midge homeassistant --help`. */
export const HELP = `Usage: midge homeassistant [FLAGS]

Makes config.yaml and passwords from the options of the Home Assistant add-on, which does so before each
start. The passwords that Home Assistant and other add-ons log in with are made once, in system_users.json.

${describeOptions(OPTIONS)}

Example: midge homeassistant && midge start -c /data/midge/config.yaml`;

function placesOf(given: GivenOptions<typeof OPTIONS>): AddonPlaces & { readonly config: string } {
  const output = given.last("output") ?? "";
  return {
    config: `${output}/config.yaml`,
    passwordFile: `${output}/passwords`,
    systemUsers: `${output}/system_users.json`,
    dataDir: `${output}/data`,
    ssl: given.last("ssl") ?? "",
    tokenFile: given.last("tokenFile") ?? "",
    plugin: given.last("plugin") ?? "",
  };
}

/** Are both files there? What else is wrong with them the start says. */
async function hasTls({ certfile, keyfile }: AddonOptions, ssl: string): Promise<boolean> {
  const [certificate, key] = await Promise.all(
    [certfile, keyfile].map((name) =>
      Deno.stat(`${ssl}/${name}`).then(({ isFile }) => isFile, () => false)
    ),
  );
  return certificate === true && key === true;
}

/** Writes the files. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, OPTIONS);
  const file = given.last("options") ?? "";
  const options = readAddonOptions(await readText(file), file);
  const places = placesOf(given);
  await Deno.mkdir(given.last("output") ?? "", { recursive: true, mode: 0o700 });
  const system = await systemLogins(places.systemUsers);
  await writePasswords(places.passwordFile, [...system, ...options.logins]);
  const isTls = await hasTls(options, places.ssl);
  await replaceFile(places.config, addonConfigText(options, places, isTls));
  const names = `${options.certfile} and ${options.keyfile} in ${places.ssl}`;
  printLine(isTls ? `TLS: on, with ${names}` : `TLS: off, for there are no ${names}`);
  return 0;
}
