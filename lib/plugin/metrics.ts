/**
 * Metrics as they are read, of a broker and of a client. Invariant: their names are those of the table's rows; types
 * only.
 */
import type { AccessQuestion } from "./decisions.ts";
import type { ACCESS_METRICS, ANSWER_METRICS, METRICS } from "./metric_table.ts";
import type { STORAGE_METRICS } from "./storage_metrics.ts";

/** The name of a metric. */
export type MetricName = keyof typeof METRICS;

/** What the metrics read: a number, or one for each reason. */
export type MetricValues = {
  readonly [Name in MetricName]: (typeof METRICS)[Name] extends { readonly labels: unknown }
    ? Readonly<Record<string, number>>
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
  /** The folder. */
  readonly path: string;
  /** `down`: what must be kept waits. */
  readonly state: "up" | "down";
  /** Since when, epoch milliseconds. */
  readonly since: number;
  /** The last failure in one line, also when it is up again. */
  readonly lastError: string | undefined;
}

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
