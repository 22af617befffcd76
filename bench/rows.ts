/**
 * The rows of the comparison: which load is put on the brokers, and which of its numbers the table
 * shows. Used by compare.ts.
 */

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

/** The load that needs a broker process of its own for every run. */
export const NEEDS_FRESH = new Set(["idle"]);

/** How often each load is run on each broker, unless `--runs` says otherwise. */
export const RUNS: Readonly<Record<string, number>> = { latency: 7, idle: 3, subscriptions: 3 };
export const DEFAULT_RUNS = 5;
