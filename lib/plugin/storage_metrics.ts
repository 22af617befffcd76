/**
 * The part of the table of metrics that a broker with a storage has. Invariants: as the table's; a broker that keeps all
 * in memory alone has none of it.
 */
import type { Metric } from "./metric_table.ts";

/** Metrics of a broker's storage, where it has one. */
export const STORAGE_METRICS = {
  bytes: {
    kind: "gauge",
    unit: "bytes",
    help: "what the storage takes on the disk",
    topics: ["storage/bytes"],
  },
  written: {
    kind: "counter",
    unit: "bytes",
    help: "bytes written to the storage",
    topics: ["storage/written"],
    status: { line: "written", words: "bytes" },
  },
  writes: {
    kind: "counter",
    unit: "writes",
    help: "writes to the storage that are safe",
    topics: ["storage/writes"],
    status: { line: "written", words: "writes" },
  },
  failures: {
    kind: "counter",
    unit: "writes",
    help: "writes to the storage that failed, each try",
    topics: ["storage/failures"],
    status: { line: "written", words: "failed" },
  },
  lastWrite: {
    kind: "gauge",
    unit: "milliseconds",
    help: "how long the last write took",
    topics: ["storage/last_write"],
    status: { line: "written", words: "ms the last one" },
  },
  pending: {
    kind: "gauge",
    unit: "bytes",
    help: "what waits for the storage, in memory",
    topics: ["storage/pending"],
    status: { line: "written", words: "bytes wait" },
  },
  failing: {
    kind: "gauge",
    unit: "milliseconds",
    help: "for how long nothing could be written; 0: all is well",
    topics: ["storage/failing"],
  },
} as const satisfies Readonly<Record<string, Metric>>;

/** How long the storage takes, where there is one. */
export const STORAGE_TIMES = {
  writeTime: {
    kind: "histogram",
    unit: "microseconds",
    help: "how long a write took with its flush, each try",
    topics: ["storage/write_time/{quantile}"],
  },
} as const satisfies Readonly<Record<string, Metric>>;
