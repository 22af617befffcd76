/** Times and their percentiles. */
import type { Measured } from "./run.ts";

/** Milliseconds, gathered one by one. */
export class Times {
  readonly #values: number[] = [];

  add(milliseconds: number): void {
    this.#values.push(milliseconds);
  }

  /** Percentiles in microseconds: `p50`, `p90`, `p99`, `p999`, `max`; NaN without any time. */
  percentiles(): Measured {
    const sorted = Float64Array.from(this.#values).sort();
    const at = (share: number) =>
      (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN) * 1000;
    return { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: at(1) };
  }
}
