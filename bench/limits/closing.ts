/**
 * What another client feels while thousands of connections close at once: a bare program (answer.ts), Midge and
 * mosquitto in turns, each in a fresh process.
 *
 *     deno run --allow-all bench/limits/closing.ts [--connections N] [--runs N]
 */
import { parseArgs } from "node:util";
import { cpuSeconds, delay, type Measured } from "../../lib/cli/load/run.ts";
import { tcpTarget } from "../../lib/cli/load/target.ts";
import { type BrokerKind, midge, mosquitto } from "../brokers.ts";
import { longestPause } from "../growth/probes.ts";
import { holdConnections } from "../growth/state.ts";
import { runsTable } from "../storage/medians.ts";
import { takeTurns } from "../storage/part.ts";
import { note, print, stopSignal } from "../terminal.ts";
import { bareProgram } from "./bare_program.ts";

const SETTLE_MS = 1000;
/** How long it is looked at behind the closing. */
const CLOSED_MS = 2500;

const { values } = parseArgs({
  options: {
    connections: { type: "string", default: "19500" },
    runs: { type: "string", default: "3" },
  },
});

/** `wait`: the longest of a client that pings, ms; `cpu`: the broker's processor time, µs a connection. */
async function measure(kind: BrokerKind, connections: number): Promise<Measured> {
  const broker = await kind.start();
  try {
    const held = await holdConnections(tcpTarget(broker.address), connections);
    await delay(SETTLE_MS);
    const before = await cpuSeconds(broker.pid);
    const closing = () => {
      for (const one of held) one.close();
      return Promise.resolve();
    };
    const probed = { ...broker, pid: broker.pid!, isQuick: false };
    const wait = await longestPause(probed, closing, CLOSED_MS);
    return { wait, cpu: (await cpuSeconds(broker.pid) - before) / connections * 1e6 };
  } finally {
    await broker.stop();
  }
}

const connections = Number(values.connections);
const sides = [bareProgram("answer.ts"), midge(), mosquitto()].map((kind) => ({
  name: kind.name,
  measure: () => measure(kind, connections),
}));
const stop = stopSignal();
const runs = await takeTurns("closing", Number(values.runs), sides, { note, stop });
print(runsTable(`${connections} close`, runs, [
  { value: "wait", title: "longest wait of another, ms", digits: 0 },
  { value: "cpu", title: "CPU a connection, µs", digits: 0 },
]));
Deno.exit();
