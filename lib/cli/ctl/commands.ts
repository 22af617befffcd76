/**
 * What `midge ctl` does for each of its commands: asks the broker, prints the answer for people, or as JSON.
 */
import type { ArgsOf, ResultOf } from "../../manage/commands.ts";
import { request } from "../../manage/remote.ts";
import { reportLines } from "../access_report.ts";
import { ACTIONS, readQuestion } from "../question.ts";
import { printJson, printLine, printProblem } from "../terminal.ts";
import { ask, type Asked, type CtlCommand, listRows, operand } from "./command.ts";
import { banLines, readBan, readTarget, unbanLines } from "./bans.ts";
import { BROKER_COMMANDS } from "./broker.ts";
import { CLIENT_COMMANDS } from "./clients.ts";
import { RULE_COMMANDS } from "./rules.ts";
import { banTable, decisionTable, historyTable, listenerTable, sourceTable } from "./tables.ts";
import { statusLines } from "./text.ts";
import { TOKEN_COMMANDS } from "./tokens.ts";
import { TOPIC_COMMANDS } from "./topics.ts";
import { USER_COMMANDS } from "./users.ts";
import { untilGone } from "./until_gone.ts";
import { printIncidents, printTrace } from "./reasons.ts";

/** Every command, in the order of the help. */
export const COMMANDS: Readonly<Record<string, CtlCommand>> = {
  status: {
    operands: [],
    example: "midge ctl status",
    help: "version, listeners, plugins, clients, messages, sources",
    run: (asked) => ask(asked, "status", {}, statusLines),
  },
  history: {
    operands: [],
    example: "midge ctl history --limit 12",
    takes: ["limit"],
    help:
      "the last hour, a moment each five seconds; it is kept from when a\nplugin or this command first asks for it",
    run: (asked) => listRows(asked, "history", {}, historyTable),
  },
  listeners: {
    operands: [],
    example: "midge ctl listeners",
    help: "the listeners, what they ask of clients, and until when their\ncertificates are valid",
    run: (asked) => listRows(asked, "listeners", {}, listenerTable),
  },
  ...CLIENT_COMMANDS,
  ...TOPIC_COMMANDS,
  "ban list": {
    operands: [],
    example: "midge ctl ban list",
    help: "the bans: of whom, until when, by whom and why",
    run: (asked) => listRows(asked, "ban list", {}, banTable),
  },
  "ban add": {
    operands: [],
    example: "midge ctl ban add --address 203.0.113.0/24 --for 1h",
    isBan: true,
    help:
      "bans --clientid ID, --user NAME or --address ADDRESS, for ever\nor --for TIME, --until TIME; disconnects whom it hits",
    run: (asked) => changeBan(asked, "ban add", readBan(asked.given), banLines),
  },
  "ban remove": {
    operands: [],
    example: "midge ctl ban remove --address 203.0.113.0/24",
    isBan: true,
    help: "ends the ban of exactly these",
    run: (asked) => changeBan(asked, "ban remove", readTarget(asked.given), unbanLines),
  },
  ...USER_COMMANDS,
  ...TOKEN_COMMANDS,
  ...BROKER_COMMANDS,
  reload: {
    operands: [],
    example: "midge ctl reload",
    help: "reads the configuration again, as SIGHUP does",
    run: (asked) => reload(asked, "reload"),
  },
  stop: {
    operands: [],
    help: "ends the broker in order, as SIGTERM does, and waits until it\nanswers no more",
    example: "midge ctl stop",
    run: stop,
  },
  ...RULE_COMMANDS,
  "acl reload": {
    operands: [],
    example: "midge ctl acl reload",
    help: "has every plugin read its rules again",
    run: (asked) => reload(asked, "acl reload"),
  },
  "acl cache-clean": {
    operands: ["[CLIENTID]"],
    example: "midge ctl acl cache-clean",
    help: "forgets remembered verdicts, of one client or of all",
    run: (asked) => ask(asked, "acl cache-clean", perhapsClient(asked), cleanedLines),
  },
  "acl decisions": {
    operands: ["[CLIENTID]"],
    example: "midge ctl acl decisions sensor-1",
    help:
      "the last decisions, the newest first; they are kept from the\nfirst look on, until five minutes after the last",
    run: (asked) => listRows(asked, "acl decisions", perhapsClient(asked), decisionTable),
  },
  "acl sources": {
    operands: [],
    example: "midge ctl acl sources",
    help: "what each source answered, how long it took, and its server",
    run: (asked) => listRows(asked, "acl sources", {}, sourceTable),
  },
  why: {
    operands: ["[CLIENT|TOPIC]"],
    example: "midge ctl why sensor-1",
    takes: ["client", "topic", "kind"],
    help: "why clients were refused, denied, disconnected, or lost messages;\nas midge why",
    run: printIncidents,
  },
  trace: {
    operands: ["[CLIENT|TOPIC]"],
    example: "midge ctl trace 'home/#' --seconds 60",
    takes: ["client", "topic", "seconds"],
    help: "what becomes of messages, until Ctrl-C; as midge trace",
    run: printTrace,
  },
  "acl explain": {
    operands: ["CLIENTID", "ACTION", "TOPIC"],
    choices: { ACTION: ACTIONS },
    example: "midge ctl acl explain sensor-1 publish home/lamp",
    isQuestion: true,
    help: "why a client may or may not publish, subscribe, receive; with\n--qos N and --retain",
    run: (asked) => {
      const question = readQuestion(asked.operands.slice(1), asked.given);
      return ask(asked, "acl explain", { clientId: operand(asked), ...question }, reportLines);
    },
  },
};

function perhapsClient({ operands: [clientId] }: Asked): { clientId?: string } {
  return clientId === undefined ? {} : { clientId };
}

/** What could not be saved was done all the same. */
async function changeBan<Name extends "ban add" | "ban remove">(
  asked: Asked,
  name: Name,
  args: ArgsOf<Name>,
  lines: (result: ResultOf<Name>) => readonly string[],
): Promise<number> {
  const result = await request(asked.address, name, args);
  if (asked.given.has("json")) printJson(result);
  else for (const line of lines(result)) printLine(line);
  if (result.notSaved === null) return 0;
  printProblem(`midge: not saved, so it holds until the broker stops: ${result.notSaved}`);
  return 1;
}

async function stop(asked: Asked): Promise<number> {
  const { pid } = await request(asked.address, "stop", {});
  await untilGone(asked.address);
  if (asked.given.has("json")) printJson({ pid });
  else printLine(`stopped (process ${pid})`);
  return 0;
}

async function reload({ address, given }: Asked, name: "reload" | "acl reload"): Promise<number> {
  const result = await request(address, name, {});
  const { changes, problems, warnings = [] } = result;
  if (given.has("json")) printJson(result);
  else {
    for (const change of changes) printLine(change);
    for (const warning of warnings) printProblem(`warning: ${warning}`);
    for (const problem of problems) printProblem(`midge: not reloaded: ${problem}`);
    if (problems.length === 0) printLine("reloaded");
  }
  return problems.length === 0 ? 0 : 1;
}

function cleanedLines({ clients, endedSubscriptions }: ResultOf<"acl cache-clean">): string[] {
  return [
    `verdicts forgotten for connected clients: ${clients}; ` +
    `subscriptions ended: ${endedSubscriptions}`,
  ];
}
