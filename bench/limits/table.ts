/** The loads of `bench:limits`, and what was measured beside Deno's own as Markdown tables. Pure. */
import { medianOf, type Runs, runsTable, type Shown } from "../storage/medians.ts";

/** A load, and what is compared of it. */
export interface Limit {
  /** The bare program, beside this file. */
  readonly bare: string;
  readonly shown: readonly Shown[];
}

const CPU: Shown = { value: "cpu", title: "CPU a message, µs" };
const FORWARDED = "forward.ts";
const BATCHES: Limit = { bare: "bare.ts", shown: [CPU] };

/** By the name of the load. */
export const LIMITS: Readonly<Record<string, Limit>> = {
  "pairs-qos1": BATCHES,
  "pairs-qos2": BATCHES,
  "fanout-qos1": BATCHES,
  latency: {
    bare: FORWARDED,
    shown: [{ value: "p50", title: "p50, µs" }, { value: "p99", title: "p99, µs" }],
  },
  "round-trips": { bare: FORWARDED, shown: [CPU] },
  spread: { bare: FORWARDED, shown: [CPU, { value: "rate", title: "messages/s" }] },
};

/** @throws Error that names those there are */
export function limitsNamed(names: readonly string[]): [load: string, Limit][] {
  return names.map((name) => {
    const limit = LIMITS[name];
    if (limit !== undefined) return [name, limit];
    throw new Error(`--only ${name}: expected one of ${Object.keys(LIMITS).join(", ")}`);
  });
}

/** One load: its table, and a line of ratios for each number. */
export function limitPart(load: string, { shown }: Limit, runs: Runs): string {
  const lines = shown.map(({ value, title }) => {
    const ratio = (one: string, other: string) =>
      `${one} / ${other} ${(medianOf(runs, one, value) / medianOf(runs, other, value)).toFixed(2)}`;
    const ratios = [
      ratio("Midge", "mosquitto"),
      ratio("bare", "mosquitto"),
      ratio("Midge", "bare"),
    ];
    return `${title}: ${ratios.join(", ")}`;
  });
  return `${runsTable(load, runs, shown)}\n\n${lines.join("\n\n")}`;
}
