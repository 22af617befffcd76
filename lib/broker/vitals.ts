/**
 * What is measured only while someone wants to know: the event loop's delay, the latency of messages, the last hour.
 * Invariant: before `measure` nothing is done; from then on there is one timer, which ends with the broker.
 */
import type { Clock } from "../clock.ts";
import { Histogram } from "../histogram.ts";
import { LatencyMeter } from "../net/latency.ts";
import type { Traffic } from "../net/stream.ts";

/** How often the event loop's delay is looked at, milliseconds. */
const PROBE_INTERVAL_MS = 1000;
/** How many looks there are to one moment of the history. */
const PROBES_A_MOMENT = 5;

/** The measurements of one broker. */
export class Vitals {
  readonly #clock: Clock;
  readonly #traffic: Traffic;
  /** How much later than it should a timer of a second fired. */
  readonly eventLoopDelay = new Histogram();
  /** Called every five seconds. */
  onMoment: (() => void) | undefined;
  #worst = 0;
  #lastProbe = 0;
  #probes = 0;
  #stopProbing: (() => void) | undefined;
  #isOver = false;

  constructor(clock: Clock, traffic: Traffic) {
    this.#clock = clock;
    this.#traffic = traffic;
  }

  /** From now on everything here is measured. */
  measure(): void {
    if (this.#isOver || this.#stopProbing !== undefined) return;
    const { now } = this.#clock;
    this.#traffic.latency = new LatencyMeter(now);
    this.#lastProbe = now();
    this.#stopProbing = this.#clock.every(PROBE_INTERVAL_MS, () => this.#probe());
  }

  /** The longest delay since this was last asked, milliseconds. */
  takeWorstDelay(): number {
    const worst = this.#worst;
    this.#worst = 0;
    return worst;
  }

  /** Ends the timer for good. */
  close(): void {
    this.#isOver = true;
    this.#stopProbing?.();
    this.#traffic.latency = undefined;
  }

  #probe(): void {
    const now = this.#clock.now();
    const delay = Math.max(0, now - this.#lastProbe - PROBE_INTERVAL_MS);
    this.#lastProbe = now;
    this.eventLoopDelay.observe(delay * 1000);
    if (delay > this.#worst) this.#worst = delay;
    if (++this.#probes % PROBES_A_MOMENT === 0) this.onMoment?.();
  }
}
