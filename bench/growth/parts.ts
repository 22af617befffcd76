/**
 * What grows, part by part: the sizes, how each is made, and what is measured beside it. Invariant: a cell is one fresh
 * broker process at one size.
 */
import type { LoadConnection } from "../../lib/cli/load/connection.ts";
import { delay, type Measured } from "../../lib/cli/load/run.ts";
import { tcpTarget } from "../../lib/cli/load/target.ts";
import {
  connectTime,
  longestPause,
  messageCost,
  type Probed,
  retainedTime,
  subscribeTime,
} from "./probes.ts";
import { holdConnections, holdSubscriptions, keepSessions, nameOf, retain } from "./state.ts";

/** One number of a part. */
export interface Value {
  readonly key: string;
  readonly title: string;
  readonly unit: "µs" | "ms" | "MB";
}

/** State that was made. */
export interface Made {
  /** What is measured once, in this order; the last may take the state away. */
  readonly once: (probed: Probed) => Promise<Measured>;
}

/** Something that grows. */
export interface Part {
  readonly name: string;
  /** What there is more and more of. */
  readonly what: string;
  /** Does the broker hold each piece? Then what one takes can be said. */
  readonly isHeld: boolean;
  readonly sizes: readonly number[];
  readonly values: readonly Value[];
  readonly make: (probed: Probed, size: number) => Promise<Made>;
  /** What is measured again and again for a median, beside latency; microseconds. */
  readonly repeated: (probed: Probed, size: number) => Promise<Measured>;
}

const FEW = Array.from({ length: 100 }, (_, i) => nameOf(i, "probe"));
/** More names than Midge's max_cached_topics. */
const FAR = Array.from({ length: 50_000 }, (_, i) => nameOf(i, "probe"));
const FAR_FILTER = "site/+/line/+/probe/#";
const REST_MS = 2000;

const cpu = (what: string): Value => ({ key: "cpu", title: `CPU a message, ${what}`, unit: "µs" });
const RSS: Value = { key: "rss", title: "memory of the process (RSS)", unit: "MB" };
const P50: Value = { key: "p50", title: "latency, p50", unit: "µs" };
const P99: Value = { key: "p99", title: "latency, p99", unit: "µs" };
const AT_REST: Value = { key: "rest", title: "longest wait of another, at rest", unit: "ms" };
const pause = (what: string): Value => ({
  key: "pause",
  title: `longest wait of another, ${what}`,
  unit: "ms",
});

const steady = async (probed: Probed) => ({ cpu: await messageCost(probed, FEW) });
const atRest = async (probed: Probed) => ({
  rest: await longestPause(probed, () => delay(probed.isQuick ? 1000 : REST_MS)),
});
const closeAll = (held: readonly LoadConnection[]) => {
  for (const one of held) one.close();
  return Promise.resolve();
};

const subscriptions: Part = {
  name: "subscriptions",
  what: "subscriptions that do not match",
  isHeld: true,
  sizes: [10, 100, 1000, 10_000, 100_000, 1_000_000],
  values: [
    cpu("100 topics"),
    {
      key: "far",
      title: "CPU a message, 50,000 topics in turn",
      unit: "µs",
    },
    P99,
    RSS,
    { key: "subscribe", title: "one SUBSCRIBE more, p50", unit: "µs" },
    AT_REST,
    pause("while all end"),
  ],
  async make(probed, size) {
    const held = await holdSubscriptions(tcpTarget(probed.address), size);
    return {
      once: async () => ({
        subscribe: await subscribeTime(probed),
        ...await atRest(probed),
        pause: await longestPause(probed, () => closeAll(held), 2500),
      }),
    };
  },
  repeated: async (probed) => ({
    ...await steady(probed),
    far: await messageCost(probed, FAR, [FAR_FILTER]),
  }),
};

const sessions: Part = {
  name: "sessions",
  what: "kept sessions without a client",
  isHeld: true,
  sizes: [10, 100, 1000, 10_000, 100_000],
  values: [
    cpu("100 topics"),
    P99,
    RSS,
    { key: "connect", title: "one CONNECT more, p50", unit: "µs" },
    AT_REST,
  ],
  async make(probed, size) {
    await keepSessions(tcpTarget(probed.address), size);
    return {
      once: async () => ({ connect: await connectTime(probed), ...await atRest(probed) }),
    };
  },
  repeated: steady,
};

const retained: Part = {
  name: "retained",
  what: "retained messages",
  isHeld: true,
  sizes: [10, 100, 1000, 10_000, 100_000, 1_000_000],
  values: [
    cpu("100 topics"),
    P99,
    RSS,
    {
      key: "found",
      title: "SUBSCRIBE with two + that gets one",
      unit: "ms",
    },
    { key: "all", title: "SUBSCRIBE that gets all", unit: "ms" },
    AT_REST,
    pause("meanwhile"),
  ],
  async make(probed, size) {
    await retain(tcpTarget(probed.address), size);
    return {
      once: async () => {
        const found = await retainedTime(probed, "site/+/line/+/sensor/5", 1);
        let all = NaN;
        const get = async () => void (all = await retainedTime(probed, "site/#", size));
        return { found, pause: await longestPause(probed, get), all, ...await atRest(probed) };
      },
    };
  },
  repeated: steady,
};

const topics: Part = {
  name: "topics",
  what: "topics published to in turn",
  isHeld: false,
  sizes: [10, 100, 1000, 10_000, 20_000, 50_000, 100_000, 1_000_000],
  values: [cpu("one subscription with #"), P99, RSS],
  make: () => Promise.resolve({ once: () => Promise.resolve({}) }),
  repeated: async (probed, size) => ({
    cpu: await messageCost(probed, Array.from({ length: size }, (_, i) => nameOf(i)), ["site/#"]),
  }),
};

const connections: Part = {
  name: "connections",
  what: "idle connections",
  isHeld: true,
  sizes: [10, 100, 1000, 10_000, 19_500],
  values: [
    cpu("100 topics"),
    P50,
    P99,
    RSS,
    { key: "connect", title: "one CONNECT more, p50", unit: "µs" },
    AT_REST,
    pause("while all close"),
  ],
  async make(probed, size) {
    const held = await holdConnections(tcpTarget(probed.address), size);
    return {
      once: async () => ({
        connect: await connectTime(probed),
        ...await atRest(probed),
        pause: await longestPause(probed, () => closeAll(held), 2500),
      }),
    };
  },
  repeated: steady,
};

/** All there are. */
export const PARTS: readonly Part[] = [subscriptions, sessions, retained, topics, connections];
