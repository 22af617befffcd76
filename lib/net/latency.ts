/**
 * How long messages take through the broker: from the read of the chunk that a PUBLISH came with until the write that
 * carries it to a receiver is done. Invariants: a write is one observation, at the mean of its messages and counted
 * once for each, so that sum and count are exact; messages that waited in a session's queue are left out.
 */
import { Histogram } from "../histogram.ts";

/** Of one broker, while anyone wants to know. */
export class LatencyMeter {
  readonly histogram = new Histogram();
  readonly #now: () => number;

  /** @param now milliseconds, on the clock that reads are noted with */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A write is done whose messages were read at these times. */
  written(messages: number, sumOfTimes: number): void {
    this.histogram.observe((this.#now() - sumOfTimes / messages) * 1000, messages);
  }
}

/** When the messages were read that wait in one connection's write buffer, and those that are being written. */
export class DeliveryAges {
  readonly #meter: LatencyMeter;
  #waiting = 0;
  #sumOfWaiting = 0;
  #leaving = 0;
  #sumOfLeaving = 0;

  constructor(meter: LatencyMeter) {
    this.#meter = meter;
  }

  /** A message was pushed that was read at this time. */
  add(readAt: number): void {
    this.#waiting++;
    this.#sumOfWaiting += readAt;
  }

  /** What waits is being written. */
  taken(): void {
    this.#leaving += this.#waiting;
    this.#sumOfLeaving += this.#sumOfWaiting;
    this.#waiting = this.#sumOfWaiting = 0;
  }

  /** What was being written is with the system. */
  written(): void {
    if (this.#leaving === 0) return;
    this.#meter.written(this.#leaving, this.#sumOfLeaving);
    this.#leaving = this.#sumOfLeaving = 0;
  }
}
