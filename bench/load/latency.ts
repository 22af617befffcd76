/**
 * How long a message takes from the publisher's write to the subscriber's read, one at a time:
 * alone, and while ten other clients flood the broker from a process of their own.
 */
import { type Address, Connection } from "./connection.ts";
import { publishFrame } from "./frames.ts";
import { delay, type Load, type LoadOptions, type Measured } from "./run.ts";
import { startFlood } from "./flood.ts";

const MESSAGES = 4000;
const WARM_UP = 400;
/** While others flood, each message takes far longer. */
const MESSAGES_IN_FLOOD = 1000;

/** A quiet broker; microseconds. */
export const latency: Load = {
  name: "latency",
  run: ({ address }) => timeMessages(address, MESSAGES),
};

/** With ten flooding clients; microseconds. */
export const fairness: Load = {
  name: "fairness",
  run: async ({ address, warmUp }: LoadOptions): Promise<Measured> => {
    const flood = await startFlood(address);
    try {
      await delay(warmUp);
      return await timeMessages(address, MESSAGES_IN_FLOOD);
    } finally {
      await flood.stop();
    }
  },
};

async function timeMessages(address: Address, count: number): Promise<Measured> {
  const subscriber = await Connection.open(address, "latency-sub");
  await subscriber.subscribe(["bench/latency"], 0);
  const publisher = await Connection.open(address, "latency-pub");
  const frame = publishFrame("bench/latency", 0);
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + count; i++) {
    const microseconds = await timeOne(publisher, subscriber, frame);
    if (i >= WARM_UP) times.push(microseconds);
  }
  subscriber.close();
  publisher.close();
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), max: times.at(-1) ?? NaN };
}

async function timeOne(from: Connection, to: Connection, frame: Uint8Array): Promise<number> {
  let arrived = 0;
  const onFrame = () => {
    arrived = performance.now();
  };
  const read = to.readOnce(onFrame);
  const start = performance.now();
  await from.write(frame);
  await read;
  while (arrived === 0) {
    if (!await to.readOnce(onFrame)) throw new Error("the broker closed the connection");
  }
  return (arrived - start) * 1000;
}
