/**
 * The scenarios. Their names are those of the Open MQTT Benchmark Suite, with numbers that fit one small machine:
 * publishers, subscribers, topics, and deliveries a second that are offered. Invariant: what is offered does not depend
 * on the broker.
 */
import type { Transport } from "../load/targets.ts";

/** What happens beside the messages. */
export type Beside = "retained" | "slow" | "reload";

/** Messages that are due at fixed times. */
export interface Traffic {
  readonly publishers: number;
  readonly subscribers: number;
  /** The topic of the publisher of that number. */
  readonly topic: (publisher: number) => string;
  /** What the subscriber of that number subscribes to. */
  readonly filter: (subscriber: number) => string;
  /** Deliveries of each message. */
  readonly perMessage: number;
  /** Messages a second, of all publishers. */
  readonly rate: number;
  readonly qos: 0 | 1 | 2;
  /** Bytes of payload. */
  readonly size: number;
  /** Messages that are due together go in one write. */
  readonly gathers?: boolean;
  readonly beside?: Beside;
}

/** Clients that come at fixed times and stay. */
export interface Storm {
  readonly connections: number;
  /** Connections a second. */
  readonly rate: number;
}

/** One scenario. */
export interface Scenario {
  readonly name: string;
  /** One sentence. */
  readonly about: string;
  readonly transport?: Transport;
  /** Brokers with the listener or the signal that it needs: Midge and mosquitto alone. */
  readonly isOwn?: boolean;
  /** A bare program, which only moves the bytes, can have it too. */
  readonly isPlain?: boolean;
  readonly traffic?: Traffic;
  readonly storm?: Storm;
}

const SMALL = 16;
const pairTopic = (i: number) => `test/${i}`;

const pairs = (count: number, rate: number, qos: 0 | 1 | 2): Traffic => ({
  publishers: count,
  subscribers: count,
  topic: pairTopic,
  filter: pairTopic,
  perMessage: 1,
  rate,
  qos,
  size: SMALL,
});

const FAN_IN: Traffic = {
  ...pairs(1000, 10_000, 1),
  subscribers: 5,
  topic: (i) => `test/${i % 5}/${i}`,
  filter: (i) => `test/${i}/+`,
};

const fanOut = (qos: 0 | 1): Traffic => ({
  ...pairs(5, 25, qos),
  subscribers: 1000,
  filter: () => "test/+",
  perMessage: 1000,
});

/** What the variants are variants of. */
const BASE = pairs(100, 10_000, 1);

/** In the order of the page. */
export const SCENARIOS: readonly Scenario[] = [
  ...([0, 1, 2] as const).map((qos): Scenario => ({
    name: `p2p-1K-1K-1K-10K-qos${qos}`,
    about: `1,000 publishers to a subscriber each, 10 messages a second each, QoS ${qos}`,
    isPlain: true,
    traffic: pairs(1000, 10_000, qos),
  })),
  {
    name: "fanin-1K-5-1K-10K",
    about: "1,000 publishers, 10 messages a second each, to 5 subscribers of a fifth each, QoS 1",
    isPlain: true,
    traffic: FAN_IN,
  },
  {
    name: "sharesub-1K-5-1K-10K",
    about: "the same to 5 subscribers that share one subscription, QoS 1",
    traffic: { ...FAN_IN, topic: pairTopic, filter: () => "$share/benchmark/test/#" },
  },
  ...([0, 1] as const).map((qos): Scenario => ({
    name: `fanout-5-1K-5-25K-qos${qos}`,
    about: `5 publishers, 5 messages a second each, to 1,000 subscribers of all, QoS ${qos}`,
    isPlain: true,
    traffic: fanOut(qos),
  })),
  {
    name: "conn-tcp-5K-1K",
    about: "5,000 clients that connect at 1,000 a second and stay",
    isPlain: true,
    storm: { connections: 5000, rate: 1000 },
  },
  {
    name: "p2p-retained-100K",
    about:
      "100 pairs, 10,000 messages a second, QoS 1, while clients subscribe to 100,000 retained messages one after the other",
    traffic: { ...BASE, beside: "retained" },
  },
  {
    name: "p2p-slow-consumer",
    about:
      "100 pairs, 5,000 messages of 4 KiB a second, QoS 0, beside a subscriber to all that reads nothing",
    traffic: { ...BASE, rate: 5000, qos: 0, size: 4096, beside: "slow" },
  },
  {
    name: "p2p-overload",
    about: "10 pairs, 500,000 messages a second in batches, QoS 0: more than most can",
    traffic: { ...pairs(10, 500_000, 0), size: 64, gathers: true },
  },
  {
    name: "p2p-reload",
    about:
      "100 pairs, 10,000 messages a second, QoS 1, while the configuration is read again twice a second (SIGHUP)",
    isOwn: true,
    traffic: { ...BASE, beside: "reload" },
  },
  ...(["tcp", "tls", "ws"] as const).map((transport): Scenario => ({
    name: `p2p-100-100-100-10K-${transport}`,
    about: `100 pairs, 10,000 messages a second, QoS 1, over ${transport}`,
    transport,
    isOwn: true,
    isPlain: transport !== "ws",
    traffic: BASE,
  })),
  {
    name: "conn-tls-1K-200",
    about: "1,000 clients that connect over TLS, 200 a second, and stay",
    transport: "tls",
    isOwn: true,
    isPlain: true,
    storm: { connections: 1000, rate: 200 },
  },
];

/** @throws Error that names those there are */
export function scenariosNamed(names: readonly string[] | undefined): readonly Scenario[] {
  if (names === undefined) return SCENARIOS;
  for (const name of names) {
    if (!SCENARIOS.some((scenario) => scenario.name.startsWith(name))) {
      throw new Error(`--only ${name}: expected one of ${SCENARIOS.map((s) => s.name).join(", ")}`);
    }
  }
  return SCENARIOS.filter((scenario) => names.some((name) => scenario.name.startsWith(name)));
}
