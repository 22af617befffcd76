/**
 * The rows of the comparison: which load is put on the brokers, over which transport, and which of its numbers the
 * table shows. Invariant: rows of one load stand together and share its runs.
 */
import { type Transport, TRANSPORTS } from "./load/targets.ts";

/** One row. */
export interface Row {
  /** Its name for `--only`. */
  readonly load: string;
  readonly title: string;
  /** Which number of the load. */
  readonly value: string;
  /** What the number is, behind it in the table of medians. */
  readonly unit: string;
  /** False: the number itself is the result, there is no sense in a ratio. */
  readonly ratio: boolean;
}

const rate = (load: string, title: string, unit = "messages/s"): Row => ({
  load,
  title,
  value: "rate",
  unit,
  ratio: true,
});

/** In the order of the table; rows of one load stand together and share its runs. */
export const ROWS: readonly Row[] = [
  rate("pairs-qos0", "10 publishers to 10 subscribers, 64 bytes, QoS 0"),
  rate("pairs-qos1", "the same at QoS 1"),
  rate("pairs-qos2", "the same at QoS 2"),
  rate("topics", "10,000 topics in turn, one exact subscription each, QoS 0"),
  rate("fanout", "1 publisher to 100 subscribers, QoS 0", "deliveries/s"),
  rate("fanout-mixed", "the same to 50 of MQTT 3.1.1 and 50 of MQTT 5", "deliveries/s"),
  rate("spread", "500 publishers, one message a write, QoS 0"),
  { load: "latency", title: "latency, p50", value: "p50", unit: "µs", ratio: true },
  { load: "latency", title: "latency, p99", value: "p99", unit: "µs", ratio: true },
  {
    load: "fairness",
    title: "latency p99 while 10 clients flood",
    value: "p99",
    unit: "µs",
    ratio: false,
  },
  {
    load: "idle",
    title: "memory of a fresh process at rest (RSS)",
    value: "rest",
    unit: "MB",
    ratio: false,
  },
  {
    load: "idle",
    title: "memory of an idle connection with one subscription (4,000 of them)",
    value: "perConnection",
    unit: "KiB",
    ratio: false,
  },
  {
    load: "subscriptions",
    title: "cost of a message with 100,000 subscriptions (a fifth wildcards) against 100",
    value: "cost",
    unit: "times",
    ratio: false,
  },
];

const OVER: Readonly<Record<Transport, string>> = {
  tcp: "TCP",
  ws: "WebSocket",
  tls: "TLS",
  wss: "WebSocket and TLS",
};

/** A load's name with its transport: `pairs-qos0-ws`. */
const loadOver = (load: string, transport: Transport) => `${load}-${transport}`;

/** What a load over a transport is: the generator's name for it, and the transport. */
export function partsOf(load: string): { load: string; transport: Transport } {
  const transport = TRANSPORTS.find((one) => load.endsWith(`-${one}`));
  if (transport === undefined) return { load, transport: "tcp" };
  return { load: load.slice(0, -transport.length - 1), transport };
}

/** Rows of `--transports`: what TLS and WebSocket cost. */
export const TRANSPORT_ROWS: readonly Row[] = [
  ...TRANSPORTS.flatMap((transport) =>
    [0, 1].map((qos) =>
      rate(
        loadOver(`pairs-qos${qos}`, transport),
        `10 publishers to 10 subscribers over ${OVER[transport]}, 64 bytes, QoS ${qos}`,
      )
    )
  ),
  ...TRANSPORTS.map((transport) =>
    rate(
      loadOver("handshakes", transport),
      `clients that come and go over ${OVER[transport]}, 8 at a time`,
      "connections/s",
    )
  ),
  ...TRANSPORTS.map((transport): Row => ({
    load: loadOver("connections", transport),
    title: `memory of an idle connection over ${
      OVER[transport]
    } with one subscription (1,000 of them)`,
    value: "perConnection",
    unit: "KiB",
    ratio: false,
  })),
];

/** All rows. */
export const ALL_ROWS: readonly Row[] = [...ROWS, ...TRANSPORT_ROWS];

/** Does the load need a broker process of its own for every run? */
export function needsFresh(load: string): boolean {
  return load === "idle" || partsOf(load).load === "connections";
}

const RUNS: Readonly<Record<string, number>> = {
  latency: 7,
  idle: 3,
  subscriptions: 3,
  connections: 3,
};
const DEFAULT_RUNS = 5;

/** How often a load is run on each broker, unless `--runs` says otherwise. */
export function runsOf(load: string): number {
  return RUNS[partsOf(load).load] ?? DEFAULT_RUNS;
}
