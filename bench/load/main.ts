/**
 * The load generator: puts one load on one broker and prints one line of JSON. compare.ts runs it
 * as a process of its own for every measurement; by hand:
 *
 *     deno run --allow-all bench/load/main.ts pairs-qos0 127.0.0.1:1883
 *
 * `--pid N` names the broker's process (idle needs it); `--duration MS` and `--warm-up MS`; `--transport tcp|ws|tls|wss`;
 * `--mqtt 3.1.1|5`; `--keep-alive SECONDS` for brokers that refuse 0; `--announce` says on stderr what has arrived, from when the rate counts.
 */
import { parseArgs } from "node:util";
import type { TcpAddress } from "../../lib/cli/load/target.ts";
import { runFanout } from "../../lib/cli/load/fanout.ts";
import { type Level, PAYLOAD_SIZE } from "../../lib/cli/load/frames.ts";
import { runPairs } from "../../lib/cli/load/pairs.ts";
import type { Load, LoadOptions } from "../../lib/cli/load/run.ts";
import { handshakeRate, idleConnections } from "./connections.ts";
import { durable, durableUnanswered } from "./durable.ts";
import { idle } from "./idle.ts";
import { fairness, latency, roundTrips } from "./latency.ts";
import { spread } from "./spread.ts";
import { targetOf, TRANSPORTS } from "./targets.ts";
import { subscriptions } from "./subscriptions.ts";
import { topics } from "./topics.ts";
import { messageOf } from "../../lib/user_error.ts";

const NOWHERE = { hostname: "", port: 0 };
const PAIRS = 10;
const SUBSCRIBERS = 100;

/** The loads, for a broker at this address. */
function loadsFor(address: TcpAddress): readonly Load[] {
  return [
    pairs(0),
    pairs(1),
    pairs(2),
    keptPairs,
    durable,
    durableUnanswered,
    topics,
    fanout("fanout", 0, false),
    fanout("fanout-mixed", 0, true),
    fanout("fanout-qos1", 1, false),
    spread,
    latency,
    roundTrips,
    fairness(address),
    idle,
    subscriptions,
    { name: "connections", run: idleConnections },
    { name: "handshakes", run: handshakeRate },
  ];
}

/** As `pairs-qos1`; the sessions of the subscribers are kept. */
const keptPairs: Load = {
  name: "kept-qos1",
  run: (options) => runPairs(options, { pairs: PAIRS, qos: 1, size: PAYLOAD_SIZE, isKept: true }),
};

function pairs(qos: 0 | 1 | 2): Load {
  const shape = { pairs: PAIRS, qos, size: PAYLOAD_SIZE };
  return { name: `pairs-qos${qos}`, run: (options) => runPairs(options, shape) };
}

function fanout(name: string, qos: 0 | 1, isMixed: boolean): Load {
  const shape = { subscribers: SUBSCRIBERS, qos, size: PAYLOAD_SIZE, isMixed };
  return { name, run: (options) => runFanout(options, shape) };
}

/** What the publishers and subscribers may speak. */
const LEVELS: Readonly<Record<string, Level>> = { "3.1.1": 4, "5": 5 };

/** Milliseconds. */
const DEFAULT_DURATION = "1500";
const DEFAULT_WARM_UP = "500";

async function main(args: string[]): Promise<void> {
  const { values, positionals: [name, broker] } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      pid: { type: "string" },
      duration: { type: "string", default: DEFAULT_DURATION },
      "warm-up": { type: "string", default: DEFAULT_WARM_UP },
      transport: { type: "string", default: "tcp" },
      mqtt: { type: "string", default: "3.1.1" },
      "keep-alive": { type: "string", default: "0" },
      announce: { type: "boolean", default: false },
    },
  });
  const transport = TRANSPORTS.find((one) => one === values.transport);
  if (transport === undefined) fail(`--transport: expected one of: ${TRANSPORTS.join(", ")}`);
  const level = LEVELS[values.mqtt];
  if (level === undefined) fail(`--mqtt: expected one of: ${Object.keys(LEVELS).join(", ")}`);
  const names = loadsFor(NOWHERE).map((load) => load.name);
  if (name === undefined || !names.includes(name)) fail(`expected one of: ${names.join(", ")}`);
  const address = parseAddress(broker);
  const load = loadsFor(address).find((load) => load.name === name)!;
  const measured = await load.run({
    target: { ...targetOf(transport, address), level, keepAlive: Number(values["keep-alive"]) },
    duration: Number(values.duration),
    warmUp: Number(values["warm-up"]),
    pid: values.pid === undefined ? undefined : Number(values.pid),
    progress: values.announce ? announcing() : undefined,
  });
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(measured) + "\n"));
}

/** Says again and again, on stderr, what has arrived, from when it counts. */
function announcing(): LoadOptions["progress"] {
  return (received, isMeasured) => {
    if (isMeasured) Deno.stderr.writeSync(new TextEncoder().encode(`measuring ${received}\n`));
  };
}

function parseAddress(text = ""): TcpAddress {
  const match = /^(.+):(\d+)$/.exec(text);
  if (match?.[1] === undefined) fail(`broker ${text}: expected HOST:PORT`);
  return { hostname: match[1], port: Number(match[2]) };
}

function fail(message: string): never {
  Deno.stderr.writeSync(new TextEncoder().encode(`load: ${message}\n`));
  Deno.exit(2);
}

try {
  await main(Deno.args);
} catch (error) {
  fail(messageOf(error));
}
// A broker that lost something may have left a connection waiting for it.
Deno.exit(0);
