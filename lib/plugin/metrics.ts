/**
 * Metrics as they are read, of a broker and of a client. Invariant: their names are those of the table's rows; types
 * only.
 */
import type { HistogramView } from "../histogram.ts";
import type { AccessQuestion } from "./decisions.ts";
import type { ACCESS_METRICS, ANSWER_METRICS, METRICS } from "./metric_table.ts";
import type { STORAGE_METRICS, STORAGE_TIMES } from "./storage_metrics.ts";

/** The name of a metric. */
export type MetricName = keyof typeof METRICS;

/** What the metrics read: a number, one for each reason, or how often values were how large. */
export type MetricValues = {
  readonly [Name in MetricName]: (typeof METRICS)[Name] extends { readonly kind: "histogram" }
    ? HistogramView
    : (typeof METRICS)[Name] extends { readonly labels: unknown } ? Readonly<Record<string, number>>
    : number;
};

/** Counters and gauges, read when a property is read; what each is says METRICS. */
export interface Metrics extends MetricValues {
  /** Undefined on a client. */
  readonly access?: AccessMetrics | undefined;
  /** Undefined on a client, and on a broker that keeps all in memory alone. */
  readonly storage?: StorageMetrics | undefined;
}

/** The numbers of STORAGE_METRICS. */
export type StorageCounts = { readonly [Name in keyof typeof STORAGE_METRICS]: number };

/** How a broker's storage is doing. */
export interface StorageMetrics extends StorageCounts {
  /** The configuration's `durability`. */
  readonly durability: string;
  /** The folder, or the plugin that brings it. */
  readonly place: string;
  /** `down`: what must be kept waits. */
  readonly state: "up" | "down";
  /** Since when, epoch milliseconds. */
  readonly since: number;
  /** The last failure in one line, also when it is up again. */
  readonly lastError: string | undefined;
  /** By the names of STORAGE_TIMES. */
  readonly times?: StorageTimes | undefined;
}

/** The histograms of STORAGE_TIMES. */
export type StorageTimes = { readonly [Name in keyof typeof STORAGE_TIMES]: HistogramView };

/** How often a source gave which answer to one kind of question, since the start: see ANSWER_METRICS. */
export type AnswerCounts = { readonly [Name in keyof typeof ANSWER_METRICS]: number };

/** One source and one kind of question. */
export interface SourceMetrics {
  /** The plugin's name. */
  readonly source: string;
  /** What it was asked. */
  readonly question: AccessQuestion;
  /** What it said. */
  readonly counts: AnswerCounts;
  /** How long its answers took, microseconds: see ANSWER_TIMES. */
  readonly times?: HistogramView | undefined;
}

/** The numbers of ACCESS_METRICS. */
export type AccessCounts = { readonly [Name in keyof typeof ACCESS_METRICS]: number };

/** Access decisions since the start. */
export interface AccessMetrics extends AccessCounts {
  /** In the order of asking. */
  readonly sources: readonly SourceMetrics[];
  /** The plugins that ask a server and tell how it is doing. */
  readonly health: readonly { readonly source: string; readonly health: SourceHealth }[];
}

/** How a server that a plugin asks is doing. */
export interface SourceHealth {
  /** `unknown` until it was asked for the first time. */
  readonly state: "unknown" | "up" | "down";
  /** Since when, epoch milliseconds. */
  readonly since: number;
  /** The last failure in one line, also when it is up again. */
  readonly lastError: string | undefined;
  /** Questions since the start. */
  readonly answered: number;
  /** Questions without an answer, since the start. */
  readonly failed: number;
}
