/**
 * Times in a fixed amount of memory, finer than the buckets of lib/histogram.ts, which metrics have. Invariant: a percentile is at most 1/64 above the time that it stands for, never
 * below it; the longest time is exact.
 */
import type { Measured } from "../../lib/cli/load/run.ts";

/** Steps between a number and its double. */
const STEPS = 64;
/** Doubles of a microsecond, up to 19 hours. */
const DOUBLES = 36;

/** Counts microseconds. */
export class Histogram {
  readonly #counts = new Float64Array(DOUBLES * STEPS);
  #count = 0;
  #max = 0;

  /** How many times it has. */
  get count(): number {
    return this.#count;
  }

  /** @param milliseconds what is below a microsecond, or below zero, counts as one */
  add(milliseconds: number): void {
    const micros = Math.max(1, milliseconds * 1000);
    this.#counts[indexOf(micros)]!++;
    this.#count++;
    if (micros > this.#max) this.#max = micros;
  }

  /** Microseconds that this share of the times did not exceed; NaN without any. */
  at(share: number): number {
    if (this.#count === 0) return NaN;
    let missing = Math.max(1, Math.ceil(share * this.#count));
    const index = this.#counts.findIndex((count) => (missing -= count) <= 0);
    return Math.min(this.#max, upperOf(index));
  }

  /** In microseconds. */
  percentiles(): Measured {
    const [p50, p99, p999] = [this.at(0.5), this.at(0.99), this.at(0.999)];
    return { p50, p99, p999, max: this.#count === 0 ? NaN : this.#max };
  }
}

function indexOf(micros: number): number {
  const double = Math.min(DOUBLES - 1, Math.floor(Math.log2(micros)));
  const step = Math.floor((micros / 2 ** double - 1) * STEPS);
  return double * STEPS + Math.min(STEPS - 1, step);
}

/** The largest number that falls under it. */
function upperOf(index: number): number {
  const double = Math.floor(index / STEPS);
  return 2 ** double * (1 + (index % STEPS + 1) / STEPS);
}
