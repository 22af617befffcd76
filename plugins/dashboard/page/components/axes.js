// @ts-check
/**
 * What stands beside a chart. Invariants: a range of values is never empty, has zero in it, and rises; two times
 * that differ have different labels.
 */

const MINUTE = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });
const SECOND = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** Pixels that a label of the time takes at least, with the room between two. */
export const CLOCK_SPACE = 70;

/**
 * The hours and minutes of each, with seconds where two are less than a minute apart.
 * @param {unknown} _plot
 * @param {number[]} splits seconds since 1970
 */
export function clockTimes(_plot, splits) {
  const [first = 0, second = Infinity] = splits;
  const isClose = second - first < 60;
  return splits.map((at) => (isClose ? SECOND : MINUTE).format(at * 1_000));
}

/**
 * From zero on, or below where values are, with some room; 0 to 1 where there are none but zeros.
 * @param {unknown} _plot
 * @param {number | null} min
 * @param {number | null} max
 * @returns {[number, number]}
 */
export function valueRange(_plot, min, max) {
  const low = Math.min(0, min ?? 0) * 1.08;
  const high = Math.max(0, max ?? 0) * 1.08;
  return low === high ? [0, 1] : [low, high];
}
