/**
 * Pairs of runs as a Markdown table: the median of either side, and the median, least and most of the pairs' ratios.
 * Pure. Invariant: a ratio above 1 means that the second side does better.
 */
import type { Measured } from "../lib/cli/load/run.ts";

/** One run of either side, one behind the other. */
export interface Pair {
  readonly before: Measured;
  readonly after: Measured;
}

/** Numbers that are shown, and whether more of it is better. */
const NUMBERS: readonly (readonly [value: string, title: string, moreIsBetter: boolean])[] = [
  ["rate", "messages/s", true],
  ["cpu", "broker's CPU a message, µs", false],
  ["p50", "p50, µs", false],
  ["p99", "p99, µs", false],
  ["perConnection", "KiB a connection", false],
  ["lost", "lost", false],
];

/** The report of all loads. */
export function pairTable(results: Readonly<Record<string, readonly Pair[]>>): string {
  const lines = [
    "| load | number | first | second | second does as well as first (least to most of n) |",
    "| --- | --- | ---: | ---: | ---: |",
  ];
  for (const [load, pairs] of Object.entries(results)) {
    for (const [value, title, moreIsBetter] of NUMBERS) {
      const known = pairs.filter(({ before, after }) => value in before && value in after);
      if (known.length === 0 || (value === "lost" && !known.some(hasLost))) continue;
      const [before, after] = (["before", "after"] as const)
        .map((side) => median(known.map((pair) => pair[side][value] ?? NaN)));
      const ratios = known.map((pair) => {
        const ratio = (pair.after[value] ?? NaN) / (pair.before[value] ?? NaN);
        return moreIsBetter ? ratio : 1 / ratio;
      });
      const cells = [load, title, amount(before!), amount(after!), spread(ratios)];
      lines.push(`| ${cells.join(" | ")} |`);
    }
  }
  return lines.join("\n");
}

function hasLost({ before, after }: Pair): boolean {
  return (before["lost"] ?? 0) + (after["lost"] ?? 0) > 0;
}

function spread(ratios: readonly number[]): string {
  const percent = (ratio: number) => `${(ratio * 100).toFixed(1)} %`;
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  return `${percent(median(ratios))} (${percent(least)} to ${percent(most)} of ${ratios.length})`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half] ?? NaN;
  return ((sorted[half - 1] ?? NaN) + (sorted[half] ?? NaN)) / 2;
}

function amount(value: number): string {
  const digits = value >= 1000 ? 0 : value >= 10 ? 1 : 3;
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}
