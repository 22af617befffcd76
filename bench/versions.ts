/**
 * `deno task bench:versions`: what MQTT 5 costs beside MQTT 3.1.1 on the same Midge. Each load runs once in one version
 * and once in the other, in turn, on the same process; a pair's ratio stands beside the medians. Invariant: only runs
 * of one pair are compared, so that a machine that grows slower says nothing about a version.
 *
 *     deno task bench:versions [--only LOAD]... [--runs N] [--duration MS] [--json]
 */
import { parseArgs } from "node:util";
import type { Measured } from "../lib/cli/load/run.ts";
import { messageOf } from "../lib/user_error.ts";
import { midge, type RunningBroker } from "./brokers.ts";
import { type HowToMeasure, measure } from "./measure.ts";
import { type Pair, pairTable } from "./pair_table.ts";
import { note, print, stopSignal } from "./terminal.ts";

/** A load and its version on either side. */
interface Sides {
  readonly name: string;
  readonly before: readonly [load: string, mqtt: string];
  readonly after: readonly [load: string, mqtt: string];
  /** Does each run need a broker of its own? */
  readonly isFresh?: boolean;
}

const bothVersions = (load: string): Sides => ({
  name: load,
  before: [load, "3.1.1"],
  after: [load, "5"],
});

const ALL: readonly Sides[] = [
  ...["pairs-qos0", "pairs-qos1", "pairs-qos2", "topics", "fanout", "spread", "latency"]
    .map(bothVersions),
  {
    name: "fanout-mixed",
    before: ["fanout", "3.1.1"],
    after: ["fanout-mixed", "3.1.1"],
  },
  {
    name: "fanout-mixed-from-5",
    before: ["fanout", "5"],
    after: ["fanout-mixed", "5"],
  },
  { ...bothVersions("idle"), isFresh: true },
];

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    runs: { type: "string", default: "9" },
    duration: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

async function main(stop: AbortSignal): Promise<void> {
  const unknown = values.only?.find((name) => !ALL.some((sides) => sides.name === name));
  if (unknown !== undefined) {
    throw new Error(`--only ${unknown}: expected one of ${ALL.map(({ name }) => name).join(", ")}`);
  }
  const chosen = ALL.filter(({ name }) => values.only?.includes(name) ?? true);
  const results: Record<string, Pair[]> = {};
  for (const sides of chosen) {
    results[sides.name] = await runPairs(sides, { duration: values.duration, mqtt: "", stop });
  }
  print(values.json ? JSON.stringify(results, null, 2) : pairTable(results));
}

/** All pairs of one load; which side goes first changes from pair to pair. */
async function runPairs(sides: Sides, how: HowToMeasure): Promise<Pair[]> {
  const pairs: Pair[] = [];
  await using shared = sides.isFresh ? undefined : await broker();
  const one = async ([load, mqtt]: readonly [string, string]): Promise<Measured> => {
    if (shared !== undefined) return await measure(load, shared.running, { ...how, mqtt });
    await using fresh = await broker();
    return await measure(load, fresh.running, { ...how, mqtt });
  };
  for (let run = 0; run < Number(values.runs); run++) {
    const isTurned = run % 2 === 1;
    const first = await one(isTurned ? sides.after : sides.before);
    const second = await one(isTurned ? sides.before : sides.after);
    const pair = isTurned ? { before: second, after: first } : { before: first, after: second };
    pairs.push(pair);
    note(`${sides.name} ${run + 1}/${values.runs}: ${JSON.stringify(pair)}`);
  }
  return pairs;
}

async function broker(): Promise<AsyncDisposable & { readonly running: RunningBroker }> {
  const running = await midge().start();
  return { running, [Symbol.asyncDispose]: () => running.stop() };
}

try {
  await main(stopSignal());
} catch (error) {
  note(`bench:versions: ${messageOf(error)}`);
  Deno.exitCode = 1;
}
Deno.exit();
