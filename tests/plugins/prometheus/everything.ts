/** The metrics of a broker that has everything, and whose names are hostile. */
import { Histogram } from "../../../lib/histogram.ts";
import { liveMetrics } from "../../../lib/plugin/live_metrics.ts";
import type { AnswerCounts, Metrics } from "../../../plugin.ts";
import { aliasFamilies } from "../../../plugins/prometheus/aliases.ts";
import type { Format } from "../../../plugins/prometheus/exposition.ts";
import { render } from "../../../plugins/prometheus/render.ts";
import { MosquittoTree } from "../../../plugins/mosquitto_tree/tree.ts";

/** A source's answers. */
export const COUNTS: AnswerCounts = {
  allow: 1,
  deny: 2,
  ignore: 3,
  error: 4,
  cacheHits: 5,
  microseconds: 6_000_000,
  worstMicroseconds: 7_000_000,
};
/** A name that breaks whatever can be broken. */
export const HOSTILE = 'a"b\\c\nd\re}f{g,h="i" 1\n# EOF\n\ud800';

function histogram(...microseconds: number[]): Histogram["view"] {
  const result = new Histogram();
  for (const one of microseconds) result.observe(one);
  return result.view;
}

/** A broker's metrics with everything that there can be, and hostile names. */
export function metrics(more: Partial<Metrics> = {}): Metrics {
  return {
    ...liveMetrics({}, {}),
    startedAt: 1_795_317_255_500,
    bytesReceived: 12,
    messagesDropped: { "queue full": 3, [HOSTILE]: 4 },
    certificateDaysLeft: { [HOSTILE]: 2 },
    deliveryLatency: histogram(5, 15, 15, 99_000_000),
    storage: {
      durability: "full",
      place: "data",
      state: "up",
      since: 0,
      lastError: undefined,
      bytes: 100,
      written: 200,
      writes: 3,
      failures: 0,
      lastWrite: 1.5,
      pending: 0,
      failing: 0,
      times: { writeTime: histogram(1500) },
    },
    access: {
      cacheHits: 1,
      cacheMisses: 2,
      sources: [
        { source: HOSTILE, question: "authorize", counts: COUNTS, times: histogram(20) },
        { source: HOSTILE, question: "receive", counts: COUNTS },
      ],
      health: [
        { source: HOSTILE, health: health("down") },
        { source: HOSTILE, health: health("up") },
        { source: "new", health: health("unknown") },
      ],
    },
    ...more,
  };
}

function health(state: "up" | "down" | "unknown") {
  return { state, since: 0, lastError: undefined, answered: 0, failed: 0 } as const;
}

/** The text that is made of them, aliases too. */
export function written(format: Format, more: Partial<Metrics> = {}): string {
  const all = metrics(more);
  const tree = new MosquittoTree(all, 0);
  return render(all, format, {
    version: '0.1.0"',
    more: aliasFamilies(tree.values(1_795_317_265_500)),
  });
}
