/**
 * `midge ctl`: asks a running broker over its management endpoint, and has it do things.
 */
import { loadConfig } from "../config/load.ts";
import { suggestion } from "../config/keys.ts";
import { addressIn, type ManagementAddress } from "../manage/client.ts";
import { COMMANDS, type CtlCommand } from "./ctl/commands.ts";
import { type Flags, readFlags, UsageError } from "./flags.ts";

/** Printed by `midge ctl --help`. */
export const HELP = `Usage: midge ctl [-c FILE] [--data-dir DIR] [--json] COMMAND
       midge ctl --socket PATH [--json] COMMAND

Asks the running broker. COMMAND is one of

${commandRows()}

Subscriptions that the rules deny end with acl reload, reload and acl cache-clean; connections stay.

  --config, -c FILE   the configuration that the broker runs with; without it the built-in one
  --data-dir DIR      the folder that the broker writes to, where it was started with this flag; for deno task
                      start it is data
  --socket PATH       the broker's socket file instead of both
  --qos, -q N         for acl explain: 0 without it
  --retain, -r        for acl explain
  --json              the answer as JSON

Exit code 0: done; 1: no broker answers, or it could not do all of it; 2: the command line was not
understood.`;

const SPEC = {
  switches: { json: "", retain: "r" },
  texts: { config: "c", "data-dir": "", socket: "", qos: "q" },
  operands: ["COMMAND..."],
} as const;

type CtlFlags = Flags<keyof typeof SPEC.switches, keyof typeof SPEC.texts>;

/** Does the command. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = readFlags(args, SPEC);
  const [name, operands] = findCommand(flags.operands);
  const command = COMMANDS[name]!;
  checkUse(name, command, operands, flags);
  const { texts: { qos }, switches: { json, retain } } = flags;
  return await command.run({ address: await addressOf(flags), operands, json, qos, retain });
}

function findCommand(words: readonly string[]): [name: string, operands: readonly string[]] {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(" ");
    if (Object.hasOwn(COMMANDS, name)) return [name, words.slice(length)];
  }
  const given = words.slice(0, words[0] === "acl" ? 2 : 1).join(" ");
  const hint = suggestion(given, Object.keys(COMMANDS), "commands");
  throw new UsageError(`unknown command ${JSON.stringify(given)}; ${hint}`);
}

function checkUse(
  name: string,
  command: CtlCommand,
  operands: readonly string[],
  { texts, switches }: CtlFlags,
): void {
  const missing = command.operands[operands.length];
  if (missing !== undefined && !missing.startsWith("[")) {
    throw new UsageError(`${name}: ${missing} is missing`);
  }
  const extra = operands[command.operands.length];
  if (extra !== undefined) throw new UsageError(`unexpected argument ${JSON.stringify(extra)}`);
  if (!command.isQuestion && (texts.qos !== undefined || switches.retain)) {
    throw new UsageError("--qos and --retain go with acl explain");
  }
}

async function addressOf({ texts }: CtlFlags): Promise<ManagementAddress> {
  const { config, socket, "data-dir": dataDir } = texts;
  if (socket === undefined) {
    return await addressIn((await loadConfig(config, { dataDir })).management);
  }
  const other = config !== undefined
    ? "--config"
    : dataDir !== undefined
    ? "--data-dir"
    : undefined;
  if (other === undefined) return { kind: "unix", path: socket };
  throw new UsageError(`${other} and --socket are both given; expected only one of them`);
}

/** Names of commands with what follows them, and their help. */
function commandRows(): string {
  const width = 39;
  return Object.entries(COMMANDS).map(([name, { operands, help }]) => {
    const head = `  ${[name, ...operands].join(" ")}`;
    return head.padEnd(width) + help.replaceAll("\n", `\n${" ".repeat(width)}`);
  }).join("\n");
}
