/**
 * `midge bench`: load on any broker of MQTT 3.1.1 or 5, over every transport, with a line of progress, a table or JSON.
 * Invariant: numbers go to stdout, everything else to stderr; a broker that breaks off is an error, not a number.
 */
import type { Level } from "./load/frames.ts";
import type { Target } from "./load/target.ts";
import { UsageError } from "./usage_error.ts";
import { openConnections } from "./load/connections.ts";
import { runFanout } from "./load/fanout.ts";
import { timeMessages } from "./load/latency.ts";
import { runPaced } from "./load/paced.ts";
import { runPairs } from "./load/pairs.ts";
import type { LoadOptions, Measured } from "./load/run.ts";
import { dial } from "../net/transport/dial.ts";
import type { ClientConfig } from "../client/config_types.ts";
import { messageOf, UserError } from "../user_error.ts";
import { type BenchResult, formatTable } from "./bench_table.ts";
import { BENCH_OPTIONS, LOADS, type Plan, planOf } from "./bench_plan.ts";
import { readClientConfig } from "./client_config.ts";
import {
  CONNECTION_OPTIONS,
  GENERAL_OPTIONS,
  isAnswered,
  VERSION_OPTIONS,
} from "./client_options.ts";
import { versionOf } from "./client_session.ts";
import { describeOptions, type OptionTable } from "./option_table.ts";
import { readOptions } from "./options.ts";
import { withNextStep } from "./next_steps.ts";
import { ProgressLine } from "./progress_line.ts";
import { printProblem, printText } from "./terminal.ts";
import type { CommandShape } from "./shape.ts";

const OPTIONS = {
  ...BENCH_OPTIONS,
  ...CONNECTION_OPTIONS,
  ...VERSION_OPTIONS,
  ...GENERAL_OPTIONS,
} as const satisfies OptionTable;

/** Printed by `midge bench --help`. */
export const HELP = `Usage: midge bench [pairs | fanout | connections | latency] [FLAGS]

Puts load on a broker of MQTT 3.1.1 or 5 and prints what it measured. Everything runs in this process; on the broker's
own machine it takes a core away from it. Topics begin with bench/.

  pairs         publishers, each with a subscriber of its own; deliveries a second
  fanout        one publisher, many subscribers; deliveries a second
  connections   clients let in a second, and the time it takes
  latency       one message at a time, from before the write to after the read

${describeOptions(OPTIONS)}

Examples:
  midge bench
  midge bench latency --qos 1 --messages 1000
  midge bench fanout -n 50 --duration 10 --json

Exit code 0: measured, and nothing was lost; 1: the broker could not be reached, broke off, or lost messages;
2: the command line was not understood.`;

/** What it takes. */
export const SHAPE: CommandShape = {
  operands: ["[LOAD]"],
  choices: { LOAD: LOADS },
  options: OPTIONS,
};

/** It has an -h of its own. */
export const ownsHelp = true;

const LATENCY_WARM_UP = 200;

/** Measures. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, OPTIONS, ["[LOAD]"]);
  if (isAnswered(given, HELP)) return 0;
  const plan = planOf(given.operands[0] ?? "pairs", given);
  const version = versionOf(given);
  const said = version === undefined ? {} : { protocol_version: version };
  const { config } = await readClientConfig(given, said);
  const progress = new ProgressLine(!given.has("quiet") && !given.has("json"));
  try {
    const measured = await measure(plan, targetOf(config), progress);
    progress.clear();
    const broker = config.address.name;
    const result: BenchResult = { broker, level: levelOf(config), ...plan, measured };
    printText(given.has("json") ? JSON.stringify(jsonOf(result)) : formatTable(result));
    return (measured["lost"] ?? 0) > 0 ? 1 : 0;
  } catch (error) {
    progress.clear();
    if (error instanceof UserError) throw error;
    const why = messageOf(error);
    printProblem(`midge: ${withNextStep(`${config.address.name}: ${why}`)}`);
    return 1;
  }
}

function targetOf(config: ClientConfig): Target {
  const { username, password, connectionTimeout, address } = config;
  return {
    level: levelOf(config),
    takesAtOnce: address.scheme === "mqtt",
    username,
    password,
    prefix: `bench-${crypto.randomUUID().slice(0, 8)}-`,
    dial: () => dial(config, AbortSignal.timeout(connectionTimeout)),
  };
}

/** @throws {UsageError} for 3.1, whose bytes are those of 3.1.1 behind CONNECT */
function levelOf({ protocolLevel }: ClientConfig): Level {
  if (protocolLevel === 3) throw new UsageError("--protocol-version got 3.1, expected 5 or 3.1.1");
  return protocolLevel;
}

function measure(plan: Plan, target: Target, line: ProgressLine): Promise<Measured> {
  const { load, clients, qos, size, rate, duration, warmUp, messages } = plan;
  const start = performance.now();
  const perSecond = (count: number) => Math.round(count / (performance.now() - start) * 1000);
  const progress = (received: number, isMeasured: boolean) =>
    line.show(`${isMeasured ? "measuring" : "warming up"}: ${perSecond(received)} messages/s`);
  const options: LoadOptions = { target, duration, warmUp, pid: undefined, progress };
  switch (load) {
    case "pairs":
      return rate === undefined
        ? runPairs(options, { pairs: clients, qos, size })
        : runPaced(options, { pairs: clients, qos, size, rate });
    case "fanout":
      return runFanout(options, { subscribers: clients, qos, size });
    case "connections":
      return openConnections(target, clients, (count) => line.show(`${count} of ${clients}`));
    case "latency": {
      const shape = { qos, size, messages, warmUp: LATENCY_WARM_UP };
      return timeMessages(target, shape, (count) => line.show(`${count} of ${messages}`));
    }
  }
}

/** Times in microseconds, rates a second; what does not apply is absent. */
function jsonOf({ measured, level, ...plan }: BenchResult): Record<string, unknown> {
  const version = level === 5 ? { protocolVersion: "5" } : {};
  const { rate, lost, ...times } = measured;
  const latency = Object.keys(times).length === 0 ? {} : { microseconds: times };
  return { ...plan, ...version, targetRate: plan.rate, rate, lost, ...latency };
}
