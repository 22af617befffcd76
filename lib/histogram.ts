/**
 * How often a measured value fell between two bounds: fixed bounds 1, 2, 5, 10, ... over six decades. Invariants:
 * observing allocates nothing; the counts only rise, so that the difference of two readings is a histogram too.
 */

/** The upper bounds of the buckets, microseconds: 10 µs to 10 s; what is longer has a bucket of its own behind them. */
export const DURATION_BOUNDS: readonly number[] = [0, 1, 2, 3, 4, 5].flatMap((power) =>
  [10, 20, 50].map((digit) => digit * 10 ** power)
).concat(10_000_000);

/** What a histogram reads: plain data. */
export interface HistogramView {
  /** How many values were observed. */
  readonly count: number;
  /** Their sum, in the unit of the metric. */
  readonly sum: number;
  /** Upper bounds, each belonging to its bucket. */
  readonly bounds: readonly number[];
  /** How many values each bucket has; one more than there are bounds. */
  readonly counts: readonly number[];
}

/** Where no one observes. */
export const NO_HISTOGRAM: HistogramView = {
  count: 0,
  sum: 0,
  bounds: DURATION_BOUNDS,
  counts: Array.from({ length: DURATION_BOUNDS.length + 1 }, () => 0),
};

/** Durations in microseconds. */
export class Histogram {
  /** Of each bucket; it must not be written to. */
  readonly counts = new Float64Array(DURATION_BOUNDS.length + 1);
  sum = 0;

  /** @param times how many values are this one */
  observe(microseconds: number, times = 1): void {
    const { counts } = this;
    const value = microseconds > 0 ? microseconds : 0;
    let bucket = 0;
    while (bucket < DURATION_BOUNDS.length && value > DURATION_BOUNDS[bucket]!) bucket++;
    counts[bucket]! += times;
    this.sum += value * times;
  }

  /** A copy. */
  get view(): HistogramView {
    const counts = [...this.counts];
    const count = counts.reduce((sum, one) => sum + one, 0);
    return { count, sum: this.sum, bounds: DURATION_BOUNDS, counts };
  }
}

/**
 * The value below which that share of the observed ones lies, as if those of one bucket were spread evenly in it; NaN
 * where none was observed. What lies behind the last bound counts as that bound.
 * @param share 0.99: all but the largest hundredth
 * @param before counts that were there before, and do not count; undefined: none
 */
export function quantileOf(
  counts: ArrayLike<number>,
  share: number,
  before?: ArrayLike<number>,
): number {
  let count = 0;
  for (let i = 0; i < counts.length; i++) count += counts[i]! - (before?.[i] ?? 0);
  if (count === 0) return NaN;
  let left = share * count;
  for (let i = 0; i < DURATION_BOUNDS.length; i++) {
    const inBucket = counts[i]! - (before?.[i] ?? 0);
    const from = i === 0 ? 0 : DURATION_BOUNDS[i - 1]!;
    if (inBucket > 0 && left <= inBucket) {
      return from + (DURATION_BOUNDS[i]! - from) * left / inBucket;
    }
    left -= inBucket;
  }
  return DURATION_BOUNDS.at(-1)!;
}
