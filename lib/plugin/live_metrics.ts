/**
 * Metrics whose numbers are computed when they are read. Invariants: every row of the table has its property, 0 or
 * empty where there is no reader; `{ ...metrics }` reads all of them once.
 */
import { NO_HISTOGRAM } from "../histogram.ts";
import { type Metric, METRICS } from "./metric_table.ts";
import type { Metrics } from "./metrics.ts";
import { METRIC_NAMES } from "./read_metrics.ts";

/** How each metric is read from what counts. */
export type MetricReaders<Source> = {
  readonly [Name in keyof Required<Metrics>]: (source: Source) => Metrics[Name];
};

/** Metrics that are read from a source. */
export function liveMetrics<Source>(
  source: Source,
  readers: Partial<MetricReaders<Source>>,
): Metrics {
  const metrics = {};
  for (const name of [...METRIC_NAMES, "access", "storage"] as const) {
    const read = readers[name];
    const property = read === undefined ? { value: nothingOf(name) } : { get: () => read(source) };
    Object.defineProperty(metrics, name, { ...property, enumerable: true });
  }
  return metrics as Metrics; // each row's property is defined above, by its reader's type
}

function nothingOf(name: keyof Metrics): Metrics[keyof Metrics] {
  if (name === "access" || name === "storage") return undefined;
  const metric: Metric = METRICS[name];
  if (metric.kind === "histogram") return NO_HISTOGRAM;
  return metric.labels === undefined ? 0 : {};
}
