/**
 * The families that are exposed: each row of the table of metrics under a name of Prometheus, in base units. Invariants:
 * names and units follow from the table, so that docs, boards and scrapes cannot differ; a name belongs to one row.
 */
import type { Metric } from "../../plugin.ts";

/** What a family is called and measured in. */
export interface FamilyName {
  /** Without `_total`: `midge_received_bytes`. */
  readonly name: string;
  /** Of OpenMetrics: `bytes`, `seconds`; undefined: it counts things. */
  readonly unit: "bytes" | "seconds" | undefined;
  /** What a number of the table is multiplied with; a divisor where that is exact. */
  readonly inBaseUnit: (value: number) => number;
}

/** What a unit of the table is in base units, and the word for it that a row's name may have. */
const UNITS: Partial<
  Record<Metric["unit"], readonly [FamilyName["unit"], (value: number) => number]>
> = {
  bytes: ["bytes", (value) => value],
  seconds: ["seconds", (value) => value],
  milliseconds: ["seconds", (value) => value / 1000],
  microseconds: ["seconds", (value) => value / 1_000_000],
  "milliseconds since 1970": ["seconds", (value) => value / 1000],
  days: ["seconds", (value) => value * 86_400],
};

/** Rows whose names say something else in the world of Prometheus, by their path in the metrics. */
const NAMES: Readonly<Record<string, string>> = {
  startedAt: "start_time",
  bytesReceived: "received",
  bytesSent: "sent",
  payloadBytesReceived: "payload_received",
  payloadBytesSent: "payload_sent",
  retainedCount: "retained_messages",
  subscriptionsCount: "subscriptions",
  sharedSubscriptionsCount: "shared_subscriptions",
  bansCount: "bans",
  certificateDaysLeft: "certificate_left",
  retainedBytes: "retained",
  queuedBytes: "queued",
  inflightBytes: "inflight",
  deliveryLatency: "delivery_latency",
  eventLoopDelay: "event_loop_delay",
  processorTime: "process_cpu",
  residentMemory: "process_resident_memory",
  "storage.bytes": "storage_size",
  "storage.writeTime": "storage_write",
  "access.sources.microseconds": "access_source_time",
  "access.sources.worstMicroseconds": "access_source_time_worst",
  "access.sources.time": "access_source_answer",
};

/** What a row is called. @param path as `readMetrics` has it: `bytesSent`, `access.sources.allow` */
export function familyName(path: string, metric: Metric): FamilyName {
  const [unit, inBaseUnit] = UNITS[metric.unit] ?? [undefined, (value: number) => value];
  const words = NAMES[path] ?? snakeCase(path.replace("access.sources.", "access.source."));
  const suffix = unit === undefined || words.endsWith(`_${unit}`) ? "" : `_${unit}`;
  return { name: `midge_${words}${suffix}`, unit, inBaseUnit };
}

function snakeCase(path: string): string {
  return path.replaceAll(".", "_").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
