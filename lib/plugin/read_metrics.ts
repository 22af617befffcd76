/**
 * Metrics row by row: what the table says with what is read now. Invariant: every number that the metrics have comes
 * once, in the table's order; one that they do not have is left out.
 */
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
import { STORAGE_METRICS } from "./storage_metrics.ts";

/** A value with what tells it apart from others of its row; no labels where there is one number only. */
export interface Sample {
  /** By the names of the row's labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** In the unit of the row. */
  readonly value: number;
}

/** What a row of the table reads. */
export interface Reading {
  /** The path in Metrics: `bytesSent`, `access.cacheHits`, `access.sources.allow`. */
  readonly name: string;
  /** The row. */
  readonly metric: Metric;
  /** One for each combination of labels. */
  readonly samples: readonly Sample[];
  /** The sum of the samples. */
  readonly total: number;
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
    if (value !== undefined) yield reading(name, METRICS[name], samplesOf(METRICS[name], value));
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
