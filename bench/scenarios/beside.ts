/**
 * What happens beside the messages of a scenario: a subscriber that reads nothing, or clients that ask for very many
 * retained messages. Invariant: it ends with the scenario.
 */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { Header, publishFrame } from "../../lib/cli/load/frames.ts";
import { delay, type Measured } from "../../lib/cli/load/run.ts";
import type { Target } from "../../lib/cli/load/target.ts";
import type { Traffic } from "./list.ts";

/** Retained messages. */
const RETAINED = 100_000;
const RETAIN = 1;
const PER_WRITE = 500;
/** How long the last reader may take behind the messages. Milliseconds. */
const PATIENCE = 5000;

/** What was started. */
export interface Besides extends AsyncDisposable {
  /** The messages begin now. Milliseconds. */
  begin(warmUp: number, duration: number): void;
  /** What it adds to the numbers, when what is under way has ended, or has taken too long. */
  measured(): Promise<Measured>;
}

/** Starts what a scenario wants beside its messages; a reload is the business of who started the broker. */
export async function startBeside(target: Target, { beside }: Traffic): Promise<Besides> {
  if (beside === "slow") return await slowConsumer(target);
  if (beside === "retained") return await retainedReaders(target);
  const nothing = () => Promise.resolve({});
  const begin = () => {};
  return { begin, measured: nothing, [Symbol.asyncDispose]: () => Promise.resolve() };
}

async function slowConsumer(target: Target): Promise<Besides> {
  const slow = await LoadConnection.open(target, "slow", 64);
  await slow.subscribe(["test/#"], 0);
  return {
    begin: () => {},
    measured: () => Promise.resolve({}),
    [Symbol.asyncDispose]: () => Promise.resolve(slow.close()),
  };
}

async function retainedReaders(target: Target): Promise<Besides> {
  await retainMany(target);
  const took: number[] = [];
  let reading = Promise.resolve();
  const read = async (warmUp: number, duration: number) => {
    await delay(warmUp);
    const end = performance.now() + duration;
    while (performance.now() < end) took.push(await readAll(target, took.length));
  };
  return {
    begin: (warmUp, duration) => {
      reading = read(warmUp, duration).catch(() => {}); // a broker that does not deliver them has no number
    },
    async measured() {
      await Promise.race([reading, delay(PATIENCE)]);
      return { retained: took.length === 0 ? NaN : took.reduce((a, b) => a + b) / took.length };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function retainMany(target: Target): Promise<void> {
  const connection = await LoadConnection.open(target, "retainer");
  for (let at = 0; at < RETAINED; at += PER_WRITE) {
    const frames = Array.from({ length: PER_WRITE }, (_, i) => {
      const frame = publishFrame(`kept/${at + i}`, 0);
      frame[0]! |= RETAIN;
      return [...frame];
    });
    await connection.write(Uint8Array.from(frames.flat()));
  }
  // What comes behind them says that they were taken.
  const last = publishFrame("kept/last", 1);
  last[0]! |= RETAIN;
  last[last.indexOf(0x78) - 1] = 1;
  await connection.write(last);
  let isTaken = false;
  while (!isTaken && await connection.readOnce((header) => isTaken ||= header === Header.PUBACK));
  connection.close();
}

/** Milliseconds from SUBSCRIBE to the last of the retained messages. */
async function readAll(target: Target, index: number): Promise<number> {
  const reader = await LoadConnection.open(target, `reader${index}`, 65_536);
  try {
    const start = performance.now();
    let count = 0;
    await reader.subscribe(["kept/+"], 0);
    while (count < RETAINED) {
      const isOpen = await reader.readOnce((header) => {
        if (header >> 4 === Header.PUBLISH >> 4) count++;
      });
      if (!isOpen) throw new Error("the broker closed");
    }
    return performance.now() - start;
  } finally {
    reader.close();
  }
}
