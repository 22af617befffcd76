/**
 * How near Midge comes to what Deno itself costs where no batches form: one message at a time, and 500 publishers of one
 * message a write. A bare program (forward.ts), Midge and mosquitto take turns on the same loads; each keeps its process,
 * so that all but the first run find compiled code.
 *
 *     deno run --allow-all bench/limits/one_by_one.ts [--runs N] [--duration MS]
 */
import { parseArgs } from "node:util";
import { midge, mosquitto, type RunningBroker } from "../brokers.ts";
import { measure } from "../measure.ts";
import { medianOf, type Runs, runsTable, type Shown } from "../storage/medians.ts";
import { takeTurns } from "../storage/part.ts";
import { note, print, stopSignal } from "../terminal.ts";
import { bareProgram } from "./bare_program.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "7" }, duration: { type: "string" } },
});

const BARE = bareProgram("forward.ts");

const LOADS: Readonly<Record<string, readonly Shown[]>> = {
  latency: [
    { value: "p50", title: "p50, µs" },
    { value: "p99", title: "p99, µs" },
  ],
  spread: [
    { value: "rate", title: "messages/s" },
    { value: "cpu", title: "CPU a message, µs" },
  ],
};

function ratios(runs: Runs, value: string): string {
  const of = (name: string) => medianOf(runs, name, value);
  const over = (one: string, other: string) => (of(one) / of(other)).toFixed(2);
  const text = `${over("Midge", "mosquitto")}, bare / mosquitto ${over("bare", "mosquitto")}`;
  return `${value}: Midge / mosquitto ${text}, Midge / bare ${over("Midge", "bare")}`;
}

async function main(running: readonly RunningBroker[], stop: AbortSignal): Promise<void> {
  const { duration } = values;
  for (const [load, shown] of Object.entries(LOADS)) {
    const sides = running.map((broker) => ({
      name: broker.name,
      measure: () => measure(load, broker, { duration, mqtt: undefined, stop }),
    }));
    const options = { runs: undefined, duration: undefined, dir: undefined, stop, note };
    const runs = await takeTurns(load, Number(values.runs), sides, options);
    print(`${runsTable(load, runs, shown)}\n`);
    for (const { value } of shown) print(ratios(runs, value));
  }
}

const stop = stopSignal();
const running: RunningBroker[] = [];
try {
  for (const kind of [BARE, midge(), mosquitto()]) running.push(await kind.start());
  await main(running, stop);
} finally {
  await Promise.all(running.map((broker) => broker.stop()));
}
Deno.exit();
