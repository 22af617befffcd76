/**
 * `midge acl`: why the access rules of a configuration decide as they do, without a running broker.
 */
import { parseAddress } from "../access/rules/cidr.ts";
import { loadConfig } from "../config/load.ts";
import { suggestion } from "../config/keys.ts";
import { setUpLogging } from "../log/setup.ts";
import type { BrokerConfig } from "../config/types.ts";
import type { Broker } from "../broker/life/broker.ts";
import type { ImaginedClient } from "../broker/face/explain.ts";
import { reportLines } from "./access_report.ts";
import { readCases } from "./acl_cases.ts";
import { outcomeLines, runCases } from "./acl_outcome.ts";
import { type Flags, readFlags, UsageError } from "./flags.ts";
import { readQuestion } from "./question.ts";
import { printLine, printText } from "./terminal.ts";

/** Printed by `midge acl --help`. */
export const HELP =
  `Usage: midge acl explain [-c FILE] [--user U] [--clientid C] [--ip A] ACTION TOPIC
       midge acl test [-c FILE] [--json] CASES

explain: says what each source answers when such a client wants to publish or subscribe to TOPIC, or is
to receive a message of it, and what follows. The plugins are loaded as start would, no listener is
opened; a plugin that asks a server asks it. ACTION is publish, subscribe or receive.

  --config, -c FILE    the configuration; without it the built-in one
  --user, -u NAME      the client's username; without it the client has none
  --clientid, -i ID    its client id
  --ip ADDRESS         its address
  --common-name NAME   the common name of its certificate (%C), with --subject (%d)
  --superuser          explain it as a superuser; without it the sources that know superusers apart
                       from a login are asked
  --qos, -q N          of the message or subscription; 0 without it
  --retain, -r         the message is to be retained
  --json               one JSON object

test: asks about every case in CASES, a YAML file: config: FILE, and cases, a list of mappings with
user, clientid, ip, action, topic, qos, retain, superuser, name, and expect: allow or deny.

Exit code 0: explained, or all cases are as expected; 1: a case differs, or something cannot be used; 2: the
command line was not understood. An explained denial is no failure.`;

const SPEC = {
  switches: { retain: "r", json: "", superuser: "" },
  texts: {
    config: "c",
    user: "u",
    clientid: "i",
    ip: "",
    "common-name": "",
    subject: "",
    qos: "q",
  },
  operands: ["explain or test..."],
} as const;

type AclFlags = Flags<keyof typeof SPEC.switches, keyof typeof SPEC.texts>;

const COMMANDS: Readonly<
  Record<string, (operands: readonly string[], flags: AclFlags) => Promise<number>>
> = { explain, test };

/** Does the subcommand. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = readFlags(args, SPEC);
  const [name = "", ...operands] = flags.operands;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return await command(operands, flags);
  const hint = suggestion(name, Object.keys(COMMANDS), "commands");
  throw new UsageError(`unknown command ${JSON.stringify(name)}; ${hint}`);
}

async function explain(operands: readonly string[], flags: AclFlags): Promise<number> {
  const { texts, switches } = flags;
  const question = readQuestion(operands, texts.qos, switches.retain);
  const client = clientOf(flags);
  await using broker = await prepare(await loadConfig(texts.config));
  const report = await broker.explain({ client, ...question });
  if (switches.json) printText(JSON.stringify(report));
  else for (const line of reportLines(report)) printLine(line);
  return 0;
}

async function test(operands: readonly string[], { texts, switches }: AclFlags): Promise<number> {
  const [file, extra] = operands;
  if (file === undefined) throw new UsageError("CASES is missing");
  if (extra !== undefined) throw new UsageError(`unexpected argument ${JSON.stringify(extra)}`);
  const { config, cases } = await readCases(file, texts.config);
  await using broker = await prepare(await loadConfig(config));
  const outcomes = await runCases(broker, cases);
  if (switches.json) printText(JSON.stringify({ config, outcomes }));
  else for (const line of outcomeLines(outcomes)) printLine(line);
  return outcomes.every(({ ok }) => ok) ? 0 : 1;
}

/** What plugins find doubtful `midge check` tells; here only what fails is said. */
async function prepare(config: BrokerConfig): Promise<Broker> {
  setUpLogging({ level: "error", format: "text", loggers: {} });
  const { Broker } = await import("../broker/life/broker.ts");
  return await Broker.prepare(config);
}

function clientOf({ texts, switches }: AclFlags): ImaginedClient {
  const { ip, user, clientid } = texts;
  if (ip !== undefined && parseAddress(ip) === undefined) {
    throw new UsageError(`--ip got ${JSON.stringify(ip)}, expected an address such as 192.0.2.7`);
  }
  const { "common-name": commonName, subject } = texts;
  const hasCertificate = commonName !== undefined || subject !== undefined;
  return {
    clientId: clientid ?? "",
    username: user,
    address: ip ?? "",
    superuser: switches.superuser || undefined,
    ...(hasCertificate &&
      { certificate: { commonName: commonName ?? "", subject: subject ?? "" } }),
  };
}
