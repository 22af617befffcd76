/**
 * Runs as Markdown: a row a number, a column a broker, a cell `median (least to most)`. Pure. Invariant: a cell without
 * any run is a dash.
 */
import type { Measured } from "../../lib/cli/load/run.ts";

/** What each broker measured, run by run. */
export type Runs = Readonly<Record<string, readonly Measured[]>>;

/** A number of a load and how it is shown. */
export interface Shown {
  readonly value: string;
  readonly title: string;
  /** Digits behind the point; default: as many as its size asks for. */
  readonly digits?: number;
}

/** The table of one load. */
export function runsTable(title: string, runs: Runs, shown: readonly Shown[]): string {
  const names = Object.keys(runs);
  const lines = [
    line([title, ...names]),
    line(["---", ...names.map(() => "---:")]),
  ];
  for (const one of shown) {
    lines.push(line([one.title, ...names.map((name) => cell(valuesOf(runs, name, one), one))]));
  }
  return lines.join("\n");
}

/** The median of one number of one broker; NaN without any run. */
export function medianOf(runs: Runs, name: string, value: string): number {
  return median(valuesOf(runs, name, { value }));
}

/** The middle one; of an even count the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half]!;
  return ((sorted[half - 1] ?? NaN) + (sorted[half] ?? NaN)) / 2;
}

function valuesOf(runs: Runs, name: string, { value }: Pick<Shown, "value">): number[] {
  return (runs[name] ?? []).map((run) => run[value] ?? NaN).filter((number) => !isNaN(number));
}

function cell(values: readonly number[], shown: Shown): string {
  if (values.length === 0) return "-";
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)];
  if (values.length === 1) return amount(middle, shown);
  return `${amount(middle, shown)} (${amount(least, shown)} to ${amount(most, shown)})`;
}

function amount(value: number, { digits }: Shown): string {
  const size = Math.abs(value);
  const fitting = size >= 1000 ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString("en", { maximumFractionDigits: digits ?? fitting });
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
