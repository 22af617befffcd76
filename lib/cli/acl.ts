/**
 * `midge acl`: why the access rules of a configuration decide as they do, without a running broker.
 */
import { readCases } from "../manage/cases/cases.ts";
import { runCases } from "../manage/cases/outcome.ts";
import type { ImaginedClient } from "../manage/cases/question.ts";
import { parseAddress } from "../cidr.ts";
import { loadConfig } from "../config/load.ts";
import { suggestion } from "../config/keys.ts";
import { setUpLogging } from "../log/setup.ts";
import type { BrokerConfig } from "../config/types.ts";
import type { Broker } from "../broker/life/broker.ts";
import { reportLines } from "./access_report.ts";
import { outcomeLines } from "./acl_outcome.ts";
import type { GivenOptions } from "./given_options.ts";
import { describeOptions, type OptionTable } from "./option_table.ts";
import { readOptions } from "./options.ts";
import { ACTIONS, QUESTION_OPTIONS, readQuestion } from "./question.ts";
import { printJson, printLine } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";
import type { CommandShape } from "./shape.ts";

const OPTIONS = {
  config: {
    names: ["config", "c"],
    value: "FILE",
    filled: true,
    help: "the configuration; without it the built-in one",
  },
  user: {
    names: ["user", "u"],
    value: "NAME",
    filled: true,
    help: "the client's username; without it the client has none",
  },
  clientid: { names: ["clientid", "i"], value: "ID", filled: true, help: "its client id" },
  ip: { names: ["ip"], value: "ADDRESS", filled: true, help: "its address" },
  "common-name": {
    names: ["common-name"],
    value: "NAME",
    filled: true,
    help: "the common name of its certificate (%C)",
  },
  subject: {
    names: ["subject"],
    value: "SUBJECT",
    filled: true,
    help: "the subject of its certificate (%d)",
  },
  superuser: {
    names: ["superuser"],
    help: "explain it as a superuser; without it the sources that know\n" +
      "superusers apart from a login are asked",
  },
  ...QUESTION_OPTIONS,
  json: { names: ["json"], help: "one JSON object" },
} as const satisfies OptionTable;

/** Printed by `midge acl --help`. */
export const HELP =
  `Usage: midge acl explain [-c FILE] [--user U] [--clientid C] [--ip A] ACTION TOPIC
       midge acl test [-c FILE] [--json] CASES

explain: says what each source answers when such a client wants to publish or subscribe to TOPIC, or is
to receive a message of it, and what follows. The plugins are loaded as start would, no listener is
opened; a plugin that asks a server asks it. ACTION is publish, subscribe or receive.

test: asks about every case in CASES, a YAML file: config: FILE, and cases, a list of mappings with
user, clientid, ip, action, topic, qos, retain, superuser, name, and expect: allow or deny.

${describeOptions(OPTIONS)}

Examples:
  midge acl explain -c config.yaml --user alice publish home/lamp
  midge acl test -c config.yaml cases.yaml

Exit code 0: explained, or all cases are as expected; 1: a case differs, or something cannot be used; 2: the
command line was not understood. An explained denial is no failure.`;

/** What it takes. */
export const SHAPE: CommandShape = {
  commands: {
    explain: {
      summary: "what each source answers, and what follows",
      operands: ["ACTION", "TOPIC"],
      choices: { ACTION: ACTIONS },
      options: OPTIONS,
    },
    test: {
      summary: "asks about every case of a file",
      operands: ["CASES"],
      options: OPTIONS,
    },
  },
};

type Given = GivenOptions<typeof OPTIONS>;

const COMMANDS: Readonly<
  Record<string, (operands: readonly string[], given: Given) => Promise<number>>
> = { explain, test };

/** Does the subcommand. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, OPTIONS, ["explain or test..."]);
  const [name = "", ...operands] = given.operands;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return await command(operands, given);
  const hint = suggestion(name, Object.keys(COMMANDS), "commands");
  throw new UsageError(`unknown command ${JSON.stringify(name)}; ${hint}`);
}

async function explain(operands: readonly string[], given: Given): Promise<number> {
  const question = readQuestion(operands, given);
  const client = clientOf(given);
  await using broker = await prepare(await loadConfig(given.last("config")));
  const report = await broker.explain({ client, ...question });
  if (given.has("json")) printJson(report);
  else for (const line of reportLines(report)) printLine(line);
  return 0;
}

async function test(operands: readonly string[], given: Given): Promise<number> {
  const [file, extra] = operands;
  if (file === undefined) throw new UsageError("CASES is missing");
  if (extra !== undefined) throw new UsageError(`unexpected argument ${JSON.stringify(extra)}`);
  const { config, cases } = await readCases(file, given.last("config"));
  await using broker = await prepare(await loadConfig(config));
  const outcomes = await runCases(broker, cases);
  if (given.has("json")) printJson({ config, outcomes });
  else for (const line of outcomeLines(outcomes)) printLine(line);
  return outcomes.every(({ ok }) => ok) ? 0 : 1;
}

/** What plugins find doubtful `midge check` tells; here only what fails is said. */
async function prepare(config: BrokerConfig): Promise<Broker> {
  setUpLogging({ level: "error", format: "text", loggers: {} });
  const { Broker } = await import("../broker/life/broker.ts");
  return await Broker.prepare(config);
}

function clientOf(given: Given): ImaginedClient {
  const ip = given.last("ip");
  if (ip !== undefined && parseAddress(ip) === undefined) {
    throw given.wrong("ip", "an address such as 192.0.2.7");
  }
  const commonName = given.last("common-name");
  const subject = given.last("subject");
  const hasCertificate = commonName !== undefined || subject !== undefined;
  return {
    clientId: given.last("clientid") ?? "",
    username: given.last("user"),
    address: ip ?? "",
    superuser: given.has("superuser") || undefined,
    ...(hasCertificate &&
      { certificate: { commonName: commonName ?? "", subject: subject ?? "" } }),
  };
}
