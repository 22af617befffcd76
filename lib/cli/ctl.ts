/**
 * `midge ctl`: asks a running broker over its management endpoint, and has it do things.
 */
import type { AccessReport } from "../broker/face/explain.ts";
import type {
  CleanResult,
  ClientRow,
  ReloadResult,
  StatusReport,
} from "../broker/face/commands.ts";
import { loadConfig } from "../config/load.ts";
import { suggestion } from "../config/keys.ts";
import { ask, type Target, targetOf } from "../manage/client.ts";
import { reportLines } from "./access_report.ts";
import { CLIENT_HEADING, clientLine, statusLines } from "./ctl_text.ts";
import type { GivenOptions } from "./given_options.ts";
import { describeOptions, type OptionTable } from "./option_table.ts";
import { readOptions } from "./options.ts";
import { QUESTION_OPTIONS, readQuestion } from "./question.ts";
import { printLine, printProblem, printText } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";

const OPTIONS = {
  config: {
    names: ["config", "c"],
    value: "FILE",
    filled: true,
    help: "the configuration that the broker runs with; without it the\nbuilt-in one",
  },
  socket: {
    names: ["socket"],
    value: "PATH",
    filled: true,
    help: "the broker's socket file instead",
  },
  ...QUESTION_OPTIONS,
  json: { names: ["json"], help: "the answer as JSON" },
} as const satisfies OptionTable;

/** Printed by `midge ctl --help`. */
export const HELP = `Usage: midge ctl [-c FILE | --socket PATH] [--json] COMMAND

Asks the running broker. COMMAND is one of

  status                                 version, listeners, plugins, clients, messages, sources
  clients                                the connected clients; with --json an object a line
  kick CLIENTID                          closes a client's connection
  reload                                 reads the configuration again, as SIGHUP does
  acl reload                             has every plugin read its rules again
  acl cache-clean [CLIENTID]             forgets remembered verdicts, of one client or of all
  acl explain CLIENTID ACTION TOPIC      why a client may or may not publish, subscribe, receive; with
                                         --qos N and --retain

Subscriptions that the rules deny end with acl reload, reload and acl cache-clean; connections stay.

${describeOptions(OPTIONS)}

Exit code 0: done; 1: no broker answers, or it could not do all of it; 2: the command line was not
understood.`;

type CtlFlags = GivenOptions<typeof OPTIONS>;

/** A command line that is understood. */
interface Asked {
  readonly target: Target;
  readonly operands: readonly string[];
  readonly flags: CtlFlags;
}

interface Command {
  /** Names of what follows the command; in brackets: may be missing. */
  readonly operands: readonly string[];
  /** Does it take --qos and --retain? */
  readonly isQuestion?: boolean;
  run(asked: Asked): Promise<number>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  status: { operands: [], run: status },
  clients: { operands: [], run: clients },
  kick: { operands: ["CLIENTID"], run: kick },
  reload: { operands: [], run: (asked) => reload(asked, "reload") },
  "acl reload": { operands: [], run: (asked) => reload(asked, "acl reload") },
  "acl cache-clean": { operands: ["[CLIENTID]"], run: cleanCache },
  "acl explain": { operands: ["CLIENTID", "ACTION", "TOPIC"], isQuestion: true, run: explain },
};

/** Does the command. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = readOptions(args, OPTIONS, ["COMMAND..."]);
  const [name, operands] = findCommand(flags.operands);
  const command = COMMANDS[name]!;
  checkUse(name, command, operands, flags);
  return await command.run({ target: await findTarget(flags), operands, flags });
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
  command: Command,
  operands: readonly string[],
  flags: CtlFlags,
): void {
  const missing = command.operands[operands.length];
  if (missing !== undefined && !missing.startsWith("[")) {
    throw new UsageError(`${name}: ${missing} is missing`);
  }
  const extra = operands[command.operands.length];
  if (extra !== undefined) throw new UsageError(`unexpected argument ${JSON.stringify(extra)}`);
  if (!command.isQuestion && (flags.has("qos") || flags.has("retain"))) {
    throw new UsageError("--qos and --retain go with acl explain");
  }
}

async function findTarget(flags: CtlFlags): Promise<Target> {
  const config = flags.last("config");
  const socket = flags.last("socket");
  if (socket === undefined) return await targetOf((await loadConfig(config)).management);
  if (config === undefined) return { kind: "unix", path: socket };
  throw new UsageError("--config and --socket are both given; expected only one of them");
}

async function status({ target, flags }: Asked): Promise<number> {
  const report = await ask(target, "status", {}) as StatusReport;
  if (flags.has("json")) printText(JSON.stringify(report));
  else for (const line of statusLines(report)) printLine(line);
  return 0;
}

async function clients({ target, flags }: Asked): Promise<number> {
  const json = flags.has("json");
  if (!json) printLine(CLIENT_HEADING);
  await ask(target, "clients", {}, (part) => {
    for (const row of part as ClientRow[]) {
      if (json) printText(JSON.stringify(row));
      else printLine(clientLine(row));
    }
  });
  return 0;
}

async function kick({ target, operands: [clientId], flags }: Asked): Promise<number> {
  const result = await ask(target, "kick", { clientId });
  if (flags.has("json")) printText(JSON.stringify(result));
  else printLine(`${clientId} is disconnected`);
  return 0;
}

async function reload({ target, flags }: Asked, command: string): Promise<number> {
  const result = await ask(target, command, {}) as ReloadResult;
  if (flags.has("json")) printText(JSON.stringify(result));
  else {
    for (const change of result.changes) printLine(change);
    for (const problem of result.problems) printProblem(`midge: not reloaded: ${problem}`);
    if (result.problems.length === 0) printLine("reloaded");
  }
  return result.problems.length === 0 ? 0 : 1;
}

async function cleanCache({ target, operands: [clientId], flags }: Asked): Promise<number> {
  const args = clientId === undefined ? {} : { clientId };
  const result = await ask(target, "acl cache-clean", args) as CleanResult;
  if (flags.has("json")) printText(JSON.stringify(result));
  else {
    const { clients, endedSubscriptions: ended } = result;
    printLine(
      `verdicts forgotten for connected clients: ${clients}; subscriptions ended: ${ended}`,
    );
  }
  return 0;
}

async function explain({ target, operands, flags }: Asked): Promise<number> {
  const [clientId, ...words] = operands;
  const question = readQuestion(words, flags);
  const report = await ask(target, "acl explain", { clientId, ...question }) as AccessReport;
  if (flags.has("json")) printText(JSON.stringify(report));
  else for (const line of reportLines(report)) printLine(line);
  return 0;
}
