/**
 * `midge bench`: load on any MQTT 3.1.1 broker, over every transport, with a line of progress, a table or JSON.
 * Invariant: numbers go to stdout, everything else to stderr; a broker that breaks off is an error, not a number.
 */
import type { Target } from "./load/connection.ts";
import { openConnections } from "./load/connections.ts";
import { runFanout } from "./load/fanout.ts";
import { timeMessages } from "./load/latency.ts";
import { runPaced, TIME_BYTES } from "./load/paced.ts";
import { runPairs } from "./load/pairs.ts";
import type { LoadOptions, Measured } from "./load/run.ts";
import { dial } from "../net/transport/dial.ts";
import type { ClientConfig } from "../client/config_types.ts";
import { messageOf, UserError } from "../user_error.ts";
import { VERSION } from "../version.ts";
import { type BenchResult, formatTable } from "./bench_table.ts";
import { CLIENT_OPTIONS, qosOf, readClientConfig } from "./client_options.ts";
import { UsageError } from "./flags.ts";
import { describeOptions, type GivenOptions, type OptionTable, readOptions } from "./options.ts";
import { ProgressLine } from "./progress_line.ts";
import { printProblem, printText } from "./terminal.ts";

const { url, host, port, unix, username, password, tls, cert, key, insecure, debug, quiet } =
  CLIENT_OPTIONS;
const BENCH_OPTIONS = {
  "clients": {
    names: ["clients", "n"],
    value: "COUNT",
    help: "pairs (default 10), subscribers of fanout (100),\nconnections (1000)",
  },
  "qos": { names: ["qos", "q"], value: "QOS", help: "0, 1 or 2; default 0" },
  "size": { names: ["size", "s"], value: "BYTES", help: "payload; default 64" },
  "rate": {
    names: ["rate", "r"],
    value: "MESSAGES",
    help:
      "pairs: so many a second together, and their latency;\ndefault: as fast as the broker takes them",
  },
  "duration": { names: ["duration", "t"], value: "SECONDS", help: "what is measured; default 5" },
  "warm-up": { names: ["warm-up"], value: "SECONDS", help: "before that; default 1" },
  "messages": { names: ["messages"], value: "COUNT", help: "of latency; default 5000" },
  "json": { names: ["json"], help: "print one JSON object" },
  url,
  host,
  port,
  unix,
  username,
  password,
  "config-file": CLIENT_OPTIONS["config-file"],
  tls,
  "ca-file": CLIENT_OPTIONS["ca-file"],
  "ca-path": CLIENT_OPTIONS["ca-path"],
  "ca-data": CLIENT_OPTIONS["ca-data"],
  cert,
  key,
  "server-name": CLIENT_OPTIONS["server-name"],
  insecure,
  "extra-headers": CLIENT_OPTIONS["extra-headers"],
  debug,
  quiet,
  "version": { names: ["version"], help: "the version" },
  "help": { names: ["help"], help: "this text" },
} as const satisfies OptionTable;

/** Printed by `midge bench --help`. */
export const HELP = `Usage: midge bench [pairs | fanout | connections | latency] [FLAGS]

Puts load on an MQTT 3.1.1 broker and prints what it measured. Everything runs in this process; on the broker's
own machine it takes a core away from it. Topics begin with bench/.

  pairs         publishers, each with a subscriber of its own; deliveries a second
  fanout        one publisher, many subscribers; deliveries a second
  connections   clients let in a second, and the time it takes
  latency       one message at a time, from before the write to after the read

${describeOptions(BENCH_OPTIONS)}

Exit code 0: measured, and nothing was lost; 1: the broker could not be reached, broke off, or lost messages;
2: the command line was not understood.`;

/** It has an -h of its own. */
export const ownsHelp = true;

type Given = GivenOptions<typeof BENCH_OPTIONS>;
type LoadName = "pairs" | "fanout" | "connections" | "latency";

const LOADS: readonly LoadName[] = ["pairs", "fanout", "connections", "latency"];
const DEFAULT_CLIENTS = { pairs: 10, fanout: 100, connections: 1000, latency: 1 };
const MAX_SIZE = 16_777_216;
const LATENCY_WARM_UP = 200;

/** What to do, as numbers. */
interface Plan {
  readonly load: LoadName;
  readonly clients: number;
  readonly qos: 0 | 1 | 2;
  readonly size: number;
  /** Messages a second; undefined: as many as possible. */
  readonly rate: number | undefined;
  /** Milliseconds. */
  readonly duration: number;
  readonly warmUp: number;
  readonly messages: number;
}

/** Measures. */
export async function run(args: readonly string[]): Promise<number> {
  const [first = "", ...rest] = args;
  const isNamed = first !== "" && !first.startsWith("-");
  const given = readOptions(isNamed ? rest : args, BENCH_OPTIONS);
  if (given.has("help")) return printText(HELP), 0;
  if (given.has("version")) return printText(`midge ${VERSION}`), 0;
  const plan = planOf(isNamed ? first : "pairs", given);
  // What bench has no options for is absent from what it was given.
  const { config } = await readClientConfig(
    given as unknown as GivenOptions<typeof CLIENT_OPTIONS>,
  );
  const progress = new ProgressLine(!given.has("quiet") && !given.has("json"));
  try {
    const measured = await measure(plan, targetOf(config), progress);
    progress.clear();
    const result: BenchResult = { broker: config.address.name, ...plan, measured };
    printText(given.has("json") ? JSON.stringify(jsonOf(result)) : formatTable(result));
    return (measured["lost"] ?? 0) > 0 ? 1 : 0;
  } catch (error) {
    progress.clear();
    if (error instanceof UserError) throw error;
    const why = messageOf(error);
    printProblem(`midge: ${config.address.name}: ${why}`);
    return 1;
  }
}

function planOf(name: string, given: Given): Plan {
  const load = LOADS.find((one) => one === name);
  if (load === undefined) {
    throw new UsageError(`got ${JSON.stringify(name)}, expected ${LOADS.join(", ")}`);
  }
  const rate = given.integer("rate", 1);
  if (rate !== undefined && load !== "pairs") throw new UsageError("--rate is for pairs");
  const size = given.integer("size", 0, MAX_SIZE) ?? 64;
  if (rate !== undefined && size < TIME_BYTES) {
    throw new UsageError(`--size got ${size}, expected ${TIME_BYTES} or more with --rate`);
  }
  return {
    load,
    clients: given.integer("clients", 1) ?? DEFAULT_CLIENTS[load],
    qos: qosOf(given) ?? 0,
    size,
    rate,
    duration: given.seconds("duration") ?? 5000,
    warmUp: given.seconds("warm-up") ?? 1000,
    messages: given.integer("messages", 1) ?? 5000,
  };
}

function targetOf(config: ClientConfig): Target {
  const { username, password, connectionTimeout, address } = config;
  return {
    takesAtOnce: address.scheme === "mqtt",
    username,
    password,
    prefix: `bench-${crypto.randomUUID().slice(0, 8)}-`,
    dial: () => dial(config, AbortSignal.timeout(connectionTimeout)),
  };
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
function jsonOf({ measured, ...plan }: BenchResult): Record<string, unknown> {
  const { rate, lost, ...times } = measured;
  const latency = Object.keys(times).length === 0 ? {} : { microseconds: times };
  return { ...plan, targetRate: plan.rate, rate, lost, ...latency };
}
