/**
 * Metrics row by row: what the table says with what is read now. Invariant: every number that the metrics have comes
 * once, in the table's order; one that they do not have is left out.
 */
import { type HistogramView, quantileOf } from "../histogram.ts";
import {
  ACCESS_METRICS,
  ANSWER_METRICS,
  type AnswerMetric,
  type Metric,
  METRICS,
} from "./metric_table.ts";
import type {
  AccessMetrics,
  AnswerCounts,
  MetricName,
  Metrics,
  StorageMetrics,
} from "./metrics.ts";
import { ANSWER_TIMES } from "./vital_metrics.ts";
import { STORAGE_METRICS, STORAGE_TIMES } from "./storage_metrics.ts";

/** A value with what tells it apart from others of its row; no labels where there is one number only. */
export interface Sample {
  /** By the names of the row's labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** In the unit of the row. */
  readonly value: number;
}

/** A histogram with what tells it apart from others of its row. */
export interface HistogramSample {
  /** By the names of the row's labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** In the unit of the row. */
  readonly histogram: HistogramView;
}

/** What a row of the table reads. */
export interface Reading {
  /** The path in Metrics: `bytesSent`, `access.cacheHits`, `access.sources.allow`. */
  readonly name: string;
  /** The row. */
  readonly metric: Metric;
  /** One for each combination of labels; of a histogram its quantiles, by the label `quantile`, none while it is empty. */
  readonly samples: readonly Sample[];
  /** The sum of the samples; of histograms how many values were observed. */
  readonly total: number;
  /** Of a row that is one: one for each combination of labels. */
  readonly histograms?: readonly HistogramSample[];
}

/** The names of a broker's or a client's metrics. */
export const METRIC_NAMES: readonly MetricName[] = namesOf(METRICS);
/** The names of a source's metrics. */
export const ANSWER_NAMES: readonly (keyof AnswerCounts)[] = namesOf(ANSWER_METRICS);

function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>): readonly Name[] {
  return Object.keys(table).filter((name): name is Name => Object.hasOwn(table, name));
}

/** Reads each metric once. */
export function* readMetrics(metrics: Partial<Metrics>): Generator<Reading> {
  for (const name of METRIC_NAMES) {
    const value = metrics[name];
    if (value !== undefined) yield readingOf(name, METRICS[name], value);
  }
  if (metrics.storage !== undefined) yield* readStorage(metrics.storage);
  if (metrics.access !== undefined) yield* readAccess(metrics.access);
}

function* readStorage(storage: StorageMetrics): Generator<Reading> {
  for (const name of namesOf(STORAGE_METRICS)) {
    const metric = STORAGE_METRICS[name];
    const value: number | undefined = storage[name]; // of a broker of another version
    if (value !== undefined) yield reading(`storage.${name}`, metric, samplesOf(metric, value));
  }
  for (const name of namesOf(STORAGE_TIMES)) {
    const histogram = storage.times?.[name];
    if (histogram !== undefined) yield readingOf(`storage.${name}`, STORAGE_TIMES[name], histogram);
  }
}

function* readAccess(access: AccessMetrics): Generator<Reading> {
  for (const name of namesOf(ACCESS_METRICS)) {
    const metric = ACCESS_METRICS[name];
    yield reading(`access.${name}`, metric, samplesOf(metric, access[name]));
  }
  for (const name of ANSWER_NAMES) {
    const metric: AnswerMetric = ANSWER_METRICS[name];
    const samples = access.sources
      .filter(({ question }) => metric.questions?.includes(question) ?? true)
      .map(({ source, question, counts }) => ({
        labels: { source, question },
        value: counts[name],
      }));
    yield reading(`access.sources.${name}`, metric, samples);
  }
  const histograms = access.sources.flatMap(({ source, question, times }) =>
    times === undefined ? [] : [{ labels: { source, question }, histogram: times }]
  );
  if (histograms.length > 0) yield distribution("access.sources.time", ANSWER_TIMES, histograms);
}

function readingOf(
  name: string,
  metric: Metric,
  value: number | HistogramView | Readonly<Record<string, number>>,
): Reading {
  if (isHistogram(value)) return distribution(name, metric, [{ labels: {}, histogram: value }]);
  return reading(name, metric, samplesOf(metric, value));
}

function isHistogram(value: number | object): value is HistogramView {
  return typeof value === "object" && "bounds" in value && Array.isArray(value.bounds);
}

/** The quantiles that are read of a histogram. */
const QUANTILES = { p50: 0.5, p99: 0.99 } as const;

function distribution(
  name: string,
  metric: Metric,
  histograms: readonly HistogramSample[],
): Reading {
  const samples = histograms.filter(({ histogram }) => histogram.count > 0).flatMap(
    ({ labels, histogram }) =>
      Object.entries(QUANTILES).map(([quantile, share]) => ({
        labels: { ...labels, quantile },
        value: quantileOf(histogram.counts, share),
      })),
  );
  const total = histograms.reduce((sum, { histogram }) => sum + histogram.count, 0);
  return { name, metric, samples, total, histograms };
}

function samplesOf(metric: Metric, value: number | Readonly<Record<string, number>>): Sample[] {
  if (typeof value === "number") return [{ labels: {}, value }];
  const [label = "label"] = metric.labels ?? [];
  return Object.entries(value).map(([name, count]) => ({
    labels: { [label]: name },
    value: count,
  }));
}

function reading(name: string, metric: Metric, samples: readonly Sample[]): Reading {
  const total = samples.reduce((sum, { value }) => sum + value, 0);
  return { name, metric, samples, total };
}
