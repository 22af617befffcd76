/**
 * How much arrived between two times, from what a generator says a few times a second. Pure. Invariant: between two marks
 * the rate is even, and outside of all it is that of the nearest two.
 */

/** What had arrived at a time. Milliseconds. */
export interface Mark {
  readonly at: number;
  readonly count: number;
}

/** A second, between two times; NaN with fewer than two marks. */
export function rateBetween(marks: readonly Mark[], from: number, to: number): number {
  return (countAt(marks, to) - countAt(marks, from)) / (to - from) * 1000;
}

function countAt(marks: readonly Mark[], time: number): number {
  const behind = marks.findIndex(({ at }, i) => i > 0 && at >= time);
  const index = behind < 0 ? marks.length - 1 : behind;
  const [a, b] = [marks[index - 1], marks[index]];
  if (a === undefined || b === undefined) return NaN;
  return a.count + (b.count - a.count) * (time - a.at) / (b.at - a.at);
}
