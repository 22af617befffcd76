/**
 * Turns what the runs measured into the two Markdown tables of the README: ratios, and the medians
 * behind them. Pure.
 */
import type { Measured } from "../lib/cli/load/run.ts";
import { ALL_ROWS, type Row } from "./rows.ts";

/** Load, broker, runs. */
export type Results = Record<string, Record<string, Measured[]>>;

const BASE = "mosquitto";

/** The report. `brokers`: names in the order of the columns. */
export function markdown(results: Results, brokers: readonly string[]): string {
  const rows = ALL_ROWS.filter((row) => row.load in results);
  const parts = [medianTable(rows, results, brokers), ...lossLines(results)];
  return parts.join("\n\n");
}

/** One row a number: each broker's median, and the others' ratio to mosquitto. */
function medianTable(rows: readonly Row[], results: Results, brokers: readonly string[]): string {
  const others = brokers.filter((name) => name !== BASE);
  const head = ["", ...brokers, ...others.map((name) => `${name} / ${BASE}`)];
  const lines = [line(head), line(["---", ...head.slice(1).map(() => "---:")])];
  for (const row of rows) {
    const medians = brokers.map((name) => medianOf(results[row.load]?.[name], row.value));
    const base = medians[brokers.indexOf(BASE)] ?? NaN;
    const ratios = others.map((name) => {
      const median = medians[brokers.indexOf(name)] ?? NaN;
      return row.ratio ? times(median / base) : "";
    });
    lines.push(line([row.title, ...medians.map((value) => amount(value, row.unit)), ...ratios]));
  }
  return lines.join("\n");
}

/** A line for every load in which messages went missing: such a number does not count. */
function lossLines(results: Results): string[] {
  const lines: string[] = [];
  for (const [load, byBroker] of Object.entries(results)) {
    for (const [name, runs] of Object.entries(byBroker)) {
      const lost = runs.reduce((sum, run) => sum + (run["lost"] ?? 0), 0);
      if (lost > 0) lines.push(`**${name} lost ${lost} messages in ${load}.**`);
    }
  }
  return lines;
}

function medianOf(runs: readonly Measured[] | undefined, value: string): number {
  const values = (runs ?? []).map((run) => run[value] ?? NaN).sort((a, b) => a - b);
  const half = values.length >> 1;
  if (values.length % 2 === 1) return values[half] ?? NaN;
  return ((values[half - 1] ?? NaN) + (values[half] ?? NaN)) / 2;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function times(ratio: number): string {
  return Number.isNaN(ratio) ? "-" : `${ratio.toPrecision(3)}×`;
}

function amount(value: number, unit: string): string {
  if (Number.isNaN(value)) return "-";
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  const text = value.toLocaleString("en", { maximumFractionDigits: digits });
  return `${text} ${unit}`;
}
