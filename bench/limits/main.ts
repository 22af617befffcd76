/**
 * `deno task bench:limits`: how near Midge comes to what Deno itself costs. A bare program that only moves the bytes
 * (bare.ts), Midge and mosquitto take turns under the loads above QoS 0; what counts is the processor time a message.
 *
 *     deno task bench:limits [--only LOAD]... [--runs N] [--duration MS] [--fresh]
 *
 * With `--fresh` each run has a new process.
 */
import { parseArgs } from "node:util";
import { messageOf } from "../../lib/user_error.ts";
import { midge, mosquitto, type RunningBroker } from "../brokers.ts";
import { measure } from "../measure.ts";
import { note, print, stopSignal } from "../terminal.ts";
import { bareProgram } from "./bare_program.ts";
import { limitsTable, type Runs } from "./table.ts";

const LOADS = ["pairs-qos1", "pairs-qos2", "fanout-qos1"];
const DEFAULT_RUNS = "5";

const BARE = bareProgram("bare.ts");

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true, default: LOADS },
      runs: { type: "string", default: DEFAULT_RUNS },
      duration: { type: "string" },
      fresh: { type: "boolean", default: false },
    },
  });
  const unknown = values.only.find((load) => !LOADS.includes(load));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: expected one of ${LOADS}`);
  const how = { duration: values.duration, mqtt: undefined, stop: stopSignal() };
  const results: Record<string, Runs> = {};
  for (const load of values.only) {
    results[load] = await inTurn(Number(values.runs), values.fresh, async (broker) => {
      const measured = await measure(load, broker, how);
      note(`${load} ${broker.name}: ${JSON.stringify(measured)}`);
      return measured["cpu"] ?? NaN;
    });
  }
  print(limitsTable(results));
}

/** Runs of each, one after the other, in an order that turns round from run to run. */
async function inTurn(
  runs: number,
  isFresh: boolean,
  run: (broker: RunningBroker) => Promise<number>,
): Promise<Runs> {
  const kinds = [BARE, midge(), mosquitto()];
  const results: Runs = Object.fromEntries(kinds.map(({ name }) => [name, [] as number[]]));
  const running = new Map<string, RunningBroker>();
  try {
    for (let i = 0; i < runs; i++) {
      for (const kind of i % 2 === 0 ? kinds : kinds.toReversed()) {
        const broker = running.get(kind.name) ?? await kind.start();
        running.set(kind.name, broker);
        results[kind.name]!.push(await run(broker));
        if (!isFresh) continue;
        running.delete(kind.name);
        await broker.stop();
      }
    }
  } finally {
    await Promise.all([...running.values()].map((broker) => broker.stop()));
  }
  return results;
}

try {
  await main();
} catch (error) {
  note(`limits: ${messageOf(error)}`);
  Deno.exitCode = 1;
}
Deno.exit();
