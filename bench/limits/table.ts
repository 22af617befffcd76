/** Processor time a message beside Deno's own, as a Markdown table. Pure. */

/** By name: microseconds a message of each run. */
export type Runs = Record<string, number[]>;

const MICROSECONDS = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

/** The report: medians, in parentheses the least and the most. */
export function limitsTable(results: Readonly<Record<string, Runs>>): string {
  const lines = [
    "| CPU a message, µs | bare | Midge | mosquitto | Midge / mosquitto | bare / mosquitto | Midge / bare |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
  ];
  for (const [load, runs] of Object.entries(results)) {
    const names = ["bare", "Midge", "mosquitto"];
    const [bare, midge, mosquitto] = names.map((name) => median(runs[name] ?? []));
    const ratios = [midge! / mosquitto!, bare! / mosquitto!, midge! / bare!];
    const cells = [
      load,
      ...names.map((name) => spread(runs[name] ?? [])),
      ...ratios.map((ratio) => ratio.toFixed(2)),
    ];
    lines.push(`| ${cells.join(" | ")} |`);
  }
  return lines.join("\n");
}

function spread(values: readonly number[]): string {
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)]
    .map((value) => MICROSECONDS.format(value));
  return `${middle} (${least} to ${most})`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half] ?? NaN;
  return ((sorted[half - 1] ?? NaN) + (sorted[half] ?? NaN)) / 2;
}
