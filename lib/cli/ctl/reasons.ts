/**
 * `why` and `trace`, below `midge ctl` and by themselves. Invariant: a plain word is a topic filter where it has a / or
 * a wildcard, else a client id or a topic.
 */
import type { ManagementAddress } from "../../manage/client.ts";
import type { ArgsOf } from "../../manage/commands.ts";
import { list } from "../../manage/remote.ts";
import { meantHint } from "../../config/keys.ts";
import type { GivenOptions } from "../given_options.ts";
import type { OptionTable } from "../option_table.ts";
import { printJson, printLine } from "../terminal.ts";
import { UsageError } from "../usage_error.ts";
import { printEvents } from "./follow.ts";
import { incidentLines, TraceLines } from "./reason_text.ts";

const KINDS = ["login", "denied", "dropped", "disconnected", "refused"] as const;

/** Their options. */
export const REASON_OPTIONS = {
  client: { names: ["client"], value: "ID", filled: true, help: "why, trace: of this client" },
  topic: {
    names: ["topic"],
    value: "FILTER",
    filled: true,
    help: "why, trace: of topics that the filter matches",
  },
  kind: {
    names: ["kind"],
    value: "KIND",
    choices: KINDS,
    filled: true,
    help: "why: login, denied, dropped, disconnected or refused",
  },
  seconds: { names: ["seconds"], value: "N", default: "600", help: "trace: ends after that time" },
} as const satisfies OptionTable;

const JSON_OPTION = { json: { names: ["json"], help: "" } } as const satisfies OptionTable;

/** A command line of one of them. */
export interface AskedWhy {
  readonly address: ManagementAddress;
  readonly operands: readonly string[];
  readonly given: GivenOptions<typeof REASON_OPTIONS & typeof JSON_OPTION>;
}

/** Prints the incidents; the exit code. */
export async function printIncidents(asked: AskedWhy): Promise<number> {
  const { address, given } = asked;
  const kind = kindOf(given.last("kind"));
  const args = { ...whomOf(asked), ...(kind !== undefined && { kind }) };
  let count = 0;
  await list(address, "why", args, (rows) => {
    count += rows.length;
    for (const row of rows) {
      if (given.has("json")) printJson(row);
      else for (const line of incidentLines(row)) printLine(line);
    }
  });
  if (count === 0 && !given.has("json")) printLine("nothing of that kind in the last hour");
  return 0;
}

/** Prints what becomes of messages, as it happens; the exit code. */
export async function printTrace(asked: AskedWhy): Promise<number> {
  const { address, given } = asked;
  const lines = new TraceLines();
  const args = { ...whomOf(asked), seconds: secondsOf(given.last("seconds")) };
  return await printEvents(address, "trace", args, (event) => {
    if (given.has("json")) printJson(event);
    else for (const line of lines.of(event)) printLine(line);
  });
}

function whomOf(
  { operands: [word], given }: AskedWhy,
): Pick<ArgsOf<"trace">, "clientId" | "topicFilter" | "about"> {
  const [clientId, topic] = [given.last("client"), given.last("topic")];
  const isFilter = word !== undefined && /[/+#]/.test(word);
  if (isFilter && topic !== undefined) {
    throw new UsageError(`${word} and --topic are both given; expected only one of them`);
  }
  const topicFilter = isFilter ? word : topic;
  return {
    ...(clientId !== undefined && { clientId }),
    ...(topicFilter !== undefined && { topicFilter }),
    ...(word !== undefined && !isFilter && { about: word }),
  };
}

function kindOf(text: string | undefined): (typeof KINDS)[number] | undefined {
  if (text === undefined) return undefined;
  const kind = KINDS.find((one) => one === text);
  if (kind !== undefined) return kind;
  const hint = meantHint(text, KINDS);
  throw new UsageError(`--kind ${text}; expected one of ${KINDS.join(", ")}${hint}`);
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new UsageError(`--seconds ${text}; expected a number above 0`);
}
