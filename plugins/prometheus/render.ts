/**
 * A broker's metrics as text for Prometheus. Pure. Invariants: every row of the table that the metrics have comes once,
 * under the name that families.ts gives it; the values of one label are bounded, whatever the broker's are.
 */
import { type HistogramSample, type Metrics, type Reading, readMetrics } from "../../plugin.ts";
import {
  boundText,
  exposition,
  type Family,
  type Format,
  type Labels,
  type Point,
} from "./exposition.ts";
import { familyName } from "./families.ts";

/** Of one row; more are counted together as `other`. The broker has a few for each listener, reason and plugin. */
const MOST_POINTS = 500;
/** Each has over twenty lines. */
const MOST_HISTOGRAMS = 100;

/** What is rendered beside the table. */
export interface Extras {
  /** `0.1.0`. */
  readonly version: string;
  /** Further families, behind the others. */
  readonly more?: Iterable<Family>;
}

/** The metrics in this format. */
export function render(metrics: Partial<Metrics>, format: Format, extras: Extras): string {
  return exposition(familiesOf(metrics, format, extras), format);
}

function* familiesOf(metrics: Partial<Metrics>, format: Format, extras: Extras): Generator<Family> {
  yield buildFamily(extras.version);
  for (const reading of readMetrics(metrics)) yield familyOf(reading, format);
  if (metrics.storage !== undefined) {
    yield upFamily("midge_storage_up", "1: what is to be kept is written; 0: it waits", [
      { labels: {}, state: metrics.storage.state },
    ]);
  }
  const health = metrics.access?.health ?? [];
  yield upFamily(
    "midge_access_server_up",
    "1: the server that a plugin asks has answered; 0: it does not; absent: it was not asked yet",
    health.map(({ source, health: { state } }) => ({ labels: { source }, state })),
  );
  yield* extras.more ?? [];
}

function buildFamily(version: string): Family {
  return {
    name: "midge_build",
    type: "info",
    help: "the version of the broker",
    points: [{ suffix: "_info", labels: { version }, value: 1 }],
  };
}

function upFamily(
  name: string,
  help: string,
  states: readonly { readonly labels: Labels; readonly state: string }[],
): Family {
  const known = states.filter(({ state }) => state !== "unknown").slice(0, MOST_POINTS);
  const points = known.map(({ labels, state }) => ({
    suffix: "",
    labels,
    value: state === "up" ? 1 : 0,
  }));
  return { name, type: "gauge", help, points: [...new Map(points.map(byLabels)).values()] };
}

function byLabels(point: Point): [string, Point] {
  return [JSON.stringify(point.labels), point];
}

function familyOf(reading: Reading, format: Format): Family {
  const { name: path, metric, samples, histograms } = reading;
  const { name, unit, inBaseUnit } = familyName(path, metric);
  const head = { name, unit, help: metric.help };
  if (metric.kind === "histogram") {
    const points = distinctHistograms(histograms ?? [])
      .flatMap((sample) => bucketsOf(sample, inBaseUnit, format));
    return { ...head, type: "histogram", points };
  }
  const suffix = metric.kind === "counter" ? "_total" : "";
  const points = samples.map(({ labels, value }) => ({ suffix, labels, value: inBaseUnit(value) }));
  return { ...head, type: metric.kind, points: distinct(points) };
}

/**
 * Points with different labels, for one that comes twice spoils a scrape (two plugins may be named alike); what comes
 * behind the first ones is one sum.
 */
function distinct(points: readonly Point[]): readonly Point[] {
  if (points.length <= 1) return points;
  const byLabels = new Map<string, Point>();
  for (const point of points) {
    let { labels } = point;
    if (byLabels.size >= MOST_POINTS && !byLabels.has(JSON.stringify(labels))) {
      labels = Object.fromEntries(Object.keys(labels).map((name) => [name, "other"]));
    }
    const key = JSON.stringify(labels);
    const value = point.value + (byLabels.get(key)?.value ?? 0);
    byLabels.set(key, { ...point, labels, value });
  }
  return [...byLabels.values()];
}

/** The first histogram of those with the same labels, and a bounded number of them. */
function distinctHistograms(samples: readonly HistogramSample[]): readonly HistogramSample[] {
  if (samples.length <= 1) return samples;
  const byLabels = new Map(samples.toReversed().map((one) => [JSON.stringify(one.labels), one]));
  return [...byLabels.values()].toReversed().slice(0, MOST_HISTOGRAMS);
}

/** The buckets, each with what the ones before it have too. */
function bucketsOf(
  { labels, histogram: { count, sum, bounds, counts } }: HistogramSample,
  inBaseUnit: (value: number) => number,
  format: Format,
): Point[] {
  let soFar = 0;
  const bucket = (le: string, value: number) => ({
    suffix: "_bucket",
    labels: { ...labels, le },
    value,
  });
  return [
    ...bounds.map((bound, index) => {
      soFar += counts[index] ?? 0;
      return bucket(boundText(inBaseUnit(bound), format), soFar);
    }),
    bucket("+Inf", count),
    { suffix: "_sum", labels, value: inBaseUnit(sum) },
    { suffix: "_count", labels, value: count },
  ];
}
