/**
 * Does a number that is looked at again and again grow? A straight line through the samples by least squares, with what
 * its slope may be off by. Pure. Invariant: nothing is said of fewer than three samples.
 */

/** A number at a time. */
export interface Sample {
  /** Hours. */
  readonly at: number;
  readonly value: number;
}

/** The line's slope an hour, and the half of the interval that has the true one with 95 %, as if samples were independent. */
export interface Slope {
  readonly perHour: number;
  readonly within: number;
}

/** Two-sided 95 % of the normal distribution. */
const Z = 1.96;

/** @throws RangeError with fewer than three samples, or all at one time */
export function slopeOf(samples: readonly Sample[]): Slope {
  const count = samples.length;
  if (count < 3) throw new RangeError(`${count} samples have no slope`);
  const middle = mean(samples.map(({ at }) => at));
  const level = mean(samples.map(({ value }) => value));
  const spread = sum(samples.map(({ at }) => (at - middle) ** 2));
  if (spread === 0) throw new RangeError("all samples are of one time");
  const perHour = sum(samples.map(({ at, value }) => (at - middle) * (value - level))) / spread;
  const errors = samples.map(({ at, value }) => value - level - perHour * (at - middle));
  const within = Z * Math.sqrt(sum(errors.map((error) => error ** 2)) / (count - 2) / spread);
  return { perHour, within };
}

/** The mean of the samples between two times, in hours; NaN where there are none. */
export function meanBetween(samples: readonly Sample[], from: number, to: number): number {
  return mean(samples.filter(({ at }) => at >= from && at < to).map(({ value }) => value));
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
