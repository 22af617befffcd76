/**
 * What the loads share: the clock of a run, its counters, and the wait of a publisher that is too far ahead.
 * Invariant: a run is bounded in time, and what was sent but never arrived is reported, not ignored.
 */
import type { LoadConnection } from "./connection.ts";
import { Counter } from "./counter.ts";
import { Header } from "./frames.ts";
import type { Target } from "./target.ts";

/** What a load gets. Times in milliseconds. */
export interface LoadOptions {
  readonly target: Target;
  /** How long a rate is measured, after the warm-up. */
  readonly duration: number;
  readonly warmUp: number;
  /** How long to wait for the last messages before they count as lost; default ten seconds. */
  readonly patience?: number;
  /** The broker's process, to read its memory; undefined where it is not known. */
  readonly pid: number | undefined;
  /** Called a few times a second with what has arrived since the run began, and whether it counts. */
  readonly progress?: ((received: number, isMeasured: boolean) => void) | undefined;
}

/** What a run measured, each by name: `rate`, `lost`, `p50`, ... */
export type Measured = Record<string, number>;

/** A load that can be put on a broker. */
export interface Load {
  readonly name: string;
  readonly run: (options: LoadOptions) => Promise<Measured>;
}

/**
 * Messages at QoS 0 that a publisher may be ahead of its subscriber. Enough to keep a broker busy,
 * few enough that none reaches its limit and drops: dropping must not count as speed.
 */
export const CREDIT = 2000;

const PATIENCE = 10_000;
const PROGRESS_MS = 250;

/** One rate measurement: publishers run until `stopped`. */
export class Run {
  stopped = false;
  sent = 0;
  /** All deliveries. */
  readonly received = new Counter();
  readonly #counters = [this.received];
  readonly #options: LoadOptions;
  readonly #broken = Promise.withResolvers<never>();

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#broken.promise.catch(() => {}); // the measurement hears of it
  }

  /** A connection's reading, which must not end before the run does. */
  watch(reading: Promise<void>): void {
    reading.then(() => {
      if (!this.stopped) this.#break(new Error("the broker closed a connection"));
    }, (cause: Error) => this.#break(new Error(`a connection broke: ${cause.message}`, { cause })));
  }

  /** Runs the publishers through warm-up and measurement; `perMessage`: deliveries of one message. */
  async measure(publishers: (() => Promise<void>)[], perMessage = 1): Promise<Measured> {
    const ended = Promise.all(publishers.map((publish) => publish()));
    this.watch(ended.then(() => {}));
    const { pid, duration, warmUp, patience = PATIENCE } = this.#options;
    const stopShowing = this.#showProgress(performance.now() + warmUp);
    try {
      await this.#pass(warmUp);
      const cpuBefore = await cpuSeconds(pid);
      const [from, start] = [this.received.count, performance.now()];
      await this.#pass(duration);
      const [to, end] = [this.received.count, performance.now()];
      const cpu = (await cpuSeconds(pid) - cpuBefore) / (to - from) * 1e6;
      const rate = (to - from) / (end - start) * 1000;
      this.#stop();
      const lost = await this.#lost(perMessage, patience);
      await Promise.race([ended, delay(patience)]);
      return { rate, lost, ...(pid === undefined ? {} : { cpu }) };
    } finally {
      this.#stop();
      stopShowing();
    }
  }

  /** Publishes chunks in turn, at most `credit` messages ahead of `received`. */
  async publishChunks(
    publisher: LoadConnection,
    chunks: readonly { bytes: Uint8Array; count: number }[],
    received = this.received,
    perMessage = 1,
    credit = CREDIT,
  ): Promise<void> {
    const before = received.count;
    for (let sent = 0, next = 0; !this.stopped; next = (next + 1) % chunks.length) {
      while (!this.stopped && sent - (received.count - before) / perMessage > credit) {
        await received.changed();
      }
      const chunk = chunks[next]!;
      await publisher.write(chunk.bytes);
      sent += chunk.count;
      this.sent += chunk.count;
    }
  }

  /** Counts every PUBLISH that the connection receives, until it is closed; returns its own counter. */
  count(subscriber: LoadConnection): Counter {
    const { received } = this;
    const own = new Counter();
    this.#counters.push(own);
    let count = 0;
    const onFrame = (header: number) => {
      if (header >> 4 === Header.PUBLISH >> 4) count++;
    };
    const afterRead = () => {
      received.count += count - own.count;
      own.count = count;
      received.notify();
      own.notify();
    };
    this.watch(subscriber.consume(onFrame, afterRead));
    return own;
  }

  #break(error: Error): void {
    this.#stop();
    this.#broken.reject(error);
  }

  #stop(): void {
    this.stopped = true;
    for (const counter of this.#counters) counter.notify();
  }

  /** Resolves after that many milliseconds; rejects when the run is broken. */
  #pass(milliseconds: number): Promise<unknown> {
    return Promise.race([delay(milliseconds), this.#broken.promise]);
  }

  #showProgress(measuredFrom: number): () => void {
    const { progress } = this.#options;
    if (progress === undefined) return () => {};
    const show = () => progress(this.received.count, performance.now() >= measuredFrom);
    const timer = setInterval(show, PROGRESS_MS);
    return () => clearInterval(timer);
  }

  async #lost(perMessage: number, patience: number): Promise<number> {
    const deadline = performance.now() + patience;
    const missing = () => this.sent * perMessage - this.received.count;
    while (missing() > 0 && performance.now() < deadline) await delay(5);
    return missing();
  }
}

/** Processor time that a process has used (Linux), in seconds to a hundredth; NaN where it is not known. */
export async function cpuSeconds(pid: number | undefined): Promise<number> {
  if (pid === undefined) return NaN;
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // Behind the name, which is in parentheses and may hold anything; fields 14 and 15 of proc(5).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resolves after that many milliseconds. */
export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
