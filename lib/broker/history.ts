/**
 * The last hour in numbers, a moment each five seconds. Invariants: the room is fixed and made when it begins; a moment
 * is written without making anything but what the system answers with; no session is walked through.
 */
import { quantileOf } from "../histogram.ts";
import type { Core } from "./core.ts";

/** Moments that are kept: an hour of them. */
const MOMENTS = 720;

/** What a moment has, in this order. `before`: the same counter at the moment before. */
const GAUGES = {
  connections: ({ connectedCount }) => connectedCount,
  messagesIn: ({ traffic }) => traffic.publishReceived,
  messagesOut: ({ traffic }) => traffic.publishSent,
  bytesIn: ({ traffic }) => traffic.bytesReceived,
  bytesOut: ({ traffic }) => traffic.bytesSent,
  dropped: ({ drops }) => drops.total,
  queued: ({ totals }) => totals.queued,
  inflight: ({ totals }) => totals.inflightIn + totals.inflightOut,
  sessions: ({ sessions }) => sessions.size,
  subscriptions: ({ tree }) => tree.count,
  retained: ({ retained }) => retained.count,
} as const satisfies Readonly<Record<string, (core: Core) => number>>;

/** Those of them that only rise: a moment has how much they did, a second. */
const RATES: ReadonlySet<string> = new Set([
  "messagesIn",
  "messagesOut",
  "bytesIn",
  "bytesOut",
  "dropped",
]);

const READERS = Object.entries(GAUGES);
/** What a moment has, in this order; delays and latencies are milliseconds, NaN where no message was delivered. */
export const HISTORY_SERIES: readonly string[] = [
  ...Object.keys(GAUGES),
  "rss",
  "heap",
  "eventLoopDelay",
  "latencyP50",
  "latencyP99",
];
/** A moment's numbers with its time. */
const WIDTH = HISTORY_SERIES.length + 1;

/** A moment, as plain data. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** In the order of HISTORY_SERIES. */
  readonly values: readonly number[];
}

/** The last hour of one broker. */
export class History {
  readonly #core: Core;
  readonly #memory: () => { rss: number; heapUsed: number };
  readonly #ring = new Float64Array(MOMENTS * WIDTH);
  /** How many moments there were. */
  #count = 0;
  readonly #before = new Float64Array(READERS.length);
  #latencyBefore: Float64Array | undefined;
  #lastAt: number;

  /** @param memory bytes, of the process */
  constructor(core: Core, memory: () => { rss: number; heapUsed: number } = Deno.memoryUsage) {
    this.#core = core;
    this.#memory = memory;
    this.#lastAt = core.clock.now();
    READERS.forEach(([, read], index) => this.#before[index] = read(core));
    this.#latencyBefore = core.traffic.latency?.histogram.counts.slice();
    core.vitals.takeWorstDelay();
  }

  /** Notes how things are now, and what has happened since the last time. */
  note(): void {
    const { clock, vitals } = this.#core;
    const start = this.#count++ % MOMENTS * WIDTH;
    const ring = this.#ring;
    ring[start] = clock.epoch();
    const now = clock.now();
    const seconds = Math.max(1, now - this.#lastAt) / 1000;
    this.#lastAt = now;
    let at = start + 1;
    for (let i = 0; i < READERS.length; i++) ring[at++] = this.#read(i, seconds);
    const { rss, heapUsed } = this.#memory();
    ring[at++] = rss;
    ring[at++] = heapUsed;
    ring[at++] = vitals.takeWorstDelay();
    this.#noteLatency(at);
  }

  /** The moments behind that time, the oldest first; undefined: all. */
  *since(time = -Infinity): Generator<Moment> {
    for (let i = Math.max(0, this.#count - MOMENTS); i < this.#count; i++) {
      const start = i % MOMENTS * WIDTH;
      const at = this.#ring[start]!;
      if (at > time) yield { at, values: [...this.#ring.subarray(start + 1, start + WIDTH)] };
    }
  }

  #read(index: number, seconds: number): number {
    const [name, read] = READERS[index]!;
    const value = read(this.#core);
    if (!RATES.has(name)) return value;
    const more = value - this.#before[index]!;
    this.#before[index] = value;
    return more / seconds;
  }

  #noteLatency(at: number): void {
    const counts = this.#core.traffic.latency?.histogram.counts;
    if (counts === undefined) return;
    this.#ring[at] = quantileOf(counts, 0.5, this.#latencyBefore) / 1000;
    this.#ring[at + 1] = quantileOf(counts, 0.99, this.#latencyBefore) / 1000;
    (this.#latencyBefore ??= new Float64Array(counts.length)).set(counts);
  }
}
