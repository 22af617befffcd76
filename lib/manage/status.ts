/**
 * How a running broker is doing, as it goes over the wire. Invariant: which numbers there are says the table of
 * metrics; one that a broker of another version does not have is absent.
 */
import {
  array,
  check,
  custom,
  is,
  nullable,
  number,
  object,
  optional,
  picklist,
  pipe,
  record,
  string,
} from "valibot";
import { type Metric, METRICS } from "../plugin/metric_table.ts";
import type { Metrics } from "../plugin/metrics.ts";
import { METRIC_NAMES } from "../plugin/read_metrics.ts";
import { STORAGE_METRICS } from "../plugin/storage_metrics.ts";

const COUNTS = record(string(), number());

const HISTOGRAM = object({
  count: number(),
  sum: number(),
  bounds: array(number()),
  counts: array(number()),
});

const ACCESS = object({
  cacheHits: number(),
  cacheMisses: number(),
  sources: array(object({
    source: string(),
    question: picklist(["authenticate", "superuser", "authorize", "receive"]),
    counts: COUNTS,
    times: optional(HISTOGRAM),
  })),
  health: array(object({
    source: string(),
    health: object({
      state: picklist(["unknown", "up", "down"]),
      since: number(),
      lastError: optional(string()),
      answered: number(),
      failed: number(),
    }),
  })),
});

const STORAGE = object({
  durability: string(),
  place: string(),
  state: picklist(["up", "down"]),
  since: number(),
  lastError: optional(string()),
  times: optional(record(string(), HISTOGRAM)),
});

const STATUS_METRICS = pipe(
  custom<Partial<Metrics>>((value) => typeof value === "object" && value !== null),
  check((metrics) => METRIC_NAMES.every((name) => isValueOf(METRICS[name], metrics[name]))),
  check(({ access }) => access === undefined || is(ACCESS, access)),
  check(({ storage }) => storage === undefined || is(STORAGE, storage) && is(COUNTED, storage)),
);

/** The numbers of a storage; those that another version does not have may be absent. */
const COUNTED = object(
  Object.fromEntries(Object.keys(STORAGE_METRICS).map((name) => [name, optional(number())])),
);

function isValueOf({ kind, labels }: Metric, value: unknown): boolean {
  if (value === undefined) return true;
  if (kind === "histogram") return is(HISTOGRAM, value);
  return is(labels === undefined ? number() : COUNTS, value);
}

/** The schema of `status`. */
export const STATUS = object({
  version: string(),
  pid: number(),
  /** The configuration file; null: there is none. */
  config: nullable(string()),
  uptimeSeconds: number(),
  listeners: array(object({ name: string(), type: string(), address: string(), port: number() })),
  plugins: array(string()),
  metrics: STATUS_METRICS,
});
