/**
 * How long a start with a full store takes: 100,000 retained messages, 10,000 kept sessions with one subscription each,
 * 100,000 messages in their queues. Invariant: the store is one that the broker wrote itself, ended by kill -9 (Midge)
 * or by SIGTERM (mosquitto, which has nothing after a kill), and what comes back is counted.
 */
import { openAll } from "../../lib/cli/load/open.ts";
import { delay, type Measured } from "../../lib/cli/load/run.ts";
import { subscribeFrame } from "../../lib/cli/load/frames.ts";
import { type Target, tcpTarget } from "../../lib/cli/load/target.ts";
import type { RunningBroker } from "../brokers.ts";
import { residentBytes } from "../memory.ts";
import { type StoringKind, storingMidge, storingMosquitto } from "./brokers.ts";
import { runsTable, type Shown } from "./medians.ts";
import { allOf, type PartOptions, takeTurns } from "./part.ts";
import { readMessages } from "./reader.ts";
import { publishAll } from "./traffic.ts";

const RUNS = 3;
const RETAINED = 100_000;
const SESSIONS = 10_000;
const QUEUED = 100_000;
/** Milliseconds. */
const SETTLE = 3000;
const BUFFER = 4096;
const SHOWN: readonly Shown[] = [
  { value: "start", title: "start to the open listener, ms" },
  { value: "rest", title: "RSS 3 s later, MB" },
  { value: "store", title: "files of the store, MB" },
  { value: "retained", title: "retained messages there", digits: 0 },
  { value: "queued", title: "queued messages of 100 sessions there", digits: 0 },
];

/** The start with a full store. */
export async function restart(options: PartOptions): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const kinds = await allOf(
    stack,
    storingMidge("full", options),
    storingMosquitto("default", options),
  );
  for (const kind of kinds) await fill(kind, options);
  const sides = kinds.map((kind) => ({ name: kind.name, measure: () => startAgain(kind) }));
  const runs = await takeTurns("restart", options.runs ?? RUNS, sides, options);
  const title = "100,000 retained, 10,000 sessions, 100,000 queued messages";
  return runsTable(title, runs, SHOWN);
}

const topicOf = (index: number) => `bench/session/${index % SESSIONS}`;

async function fill(kind: StoringKind, { note }: PartOptions): Promise<void> {
  const from = performance.now();
  const broker = await kind.start();
  const target = tcpTarget(broker.address);
  const kept: Target = { ...target, isKept: true };
  await openAll(kept, "session", SESSIONS, BUFFER, async (connection, i) => {
    await connection.subscribe([topicOf(i)], 1);
    connection.close();
  });
  await publishAll(target, { count: QUEUED, topicOf, window: 100 });
  const retained = (index: number) => `bench/retained/${index}`;
  await publishAll(target, { count: RETAINED, topicOf: retained, window: 100, isRetained: true });
  await end(kind, broker);
  note(`${kind.name}: store filled in ${Math.round(performance.now() - from)} ms`);
}

function end(kind: StoringKind, broker: RunningBroker): Promise<void> {
  return kind.name.startsWith("Midge") ? broker.kill() : broker.stop();
}

async function startAgain(kind: StoringKind): Promise<Measured> {
  const from = performance.now();
  const broker = await kind.start();
  const start = performance.now() - from;
  try {
    await delay(SETTLE);
    const rest = residentBytes(broker.pid!) / 1e6;
    const target = tcpTarget(broker.address);
    return {
      start,
      rest,
      store: sizeOf(kind.folder) / 1e6,
      retained: await countRetained(target),
      queued: await countQueued(target),
    };
  } finally {
    await end(kind, broker);
  }
}

/** Bytes of all files in a folder. */
function sizeOf(folder: string): number {
  let size = 0;
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    size += isDirectory ? sizeOf(`${folder}/${name}`) : Deno.statSync(`${folder}/${name}`).size;
  }
  return size;
}

async function countRetained(target: Target): Promise<number> {
  const frames = [subscribeFrame(["bench/retained/#"], 0)];
  const { payloads } = await readMessages(target, "reader", { expected: RETAINED, frames });
  return payloads.size;
}

/** Looks at a hundred of the sessions and acknowledges nothing, so that all is there for the next run. */
async function countQueued(target: Target): Promise<number> {
  let sum = 0;
  for (let i = 0; i < 100; i++) {
    const name = `session${i * (SESSIONS / 100)}`;
    const expected = QUEUED / SESSIONS;
    const { payloads } = await readMessages({ ...target, isKept: true }, name, { expected });
    if (payloads.size === 0) break;
    sum += payloads.size;
  }
  return sum;
}
