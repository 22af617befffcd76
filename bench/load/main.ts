/**
 * The load generator: puts one load on one broker and prints one line of JSON. compare.ts runs it
 * as a process of its own for every measurement; by hand:
 *
 *     deno run --allow-all bench/load/main.ts pairs-qos0 127.0.0.1:1883
 *
 * `--pid N` names the broker's process (idle needs it); `--duration MS` and `--warm-up MS`.
 */
import { parseArgs } from "node:util";
import type { Address } from "./connection.ts";
import { fanout } from "./fanout.ts";
import { idle } from "./idle.ts";
import { fairness, latency } from "./latency.ts";
import { pairs } from "./pairs.ts";
import type { Load } from "./run.ts";
import { spread } from "./spread.ts";
import { subscriptions } from "./subscriptions.ts";
import { topics } from "./topics.ts";

const LOADS: readonly Load[] = [
  pairs(0),
  pairs(1),
  pairs(2),
  topics,
  fanout,
  spread,
  latency,
  fairness,
  idle,
  subscriptions,
];

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
    },
  });
  const load = LOADS.find((load) => load.name === name);
  if (load === undefined) fail(`expected one of: ${LOADS.map((load) => load.name).join(", ")}`);
  const measured = await load.run({
    address: parseAddress(broker),
    duration: Number(values.duration),
    warmUp: Number(values["warm-up"]),
    pid: values.pid === undefined ? undefined : Number(values.pid),
  });
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(measured) + "\n"));
}

function parseAddress(text = ""): Address {
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
  fail(error instanceof Error ? error.message : String(error));
}
// A broker that lost something may have left a connection waiting for it.
Deno.exit(0);
