/** What a scenario showed, as Markdown: a row a broker. Pure. Invariant: what a broker could not do is said in its row. */
import type { Measured } from "../../lib/cli/load/run.ts";
import type { Scenario } from "./list.ts";

/** What one broker did, or why it did not. */
export interface Outcome {
  readonly broker: string;
  readonly measured: Measured | string;
}

/** A part of the page. */
export function scenarioPart(
  { name, about, storm }: Scenario,
  outcomes: readonly Outcome[],
): string {
  const hasRetained = outcomes.some(({ measured }) =>
    typeof measured !== "string" && measured["retained"] !== undefined
  );
  const what = storm === undefined ? "messages" : "connections";
  const head = [
    "",
    `${what} a second`,
    "p50, ms",
    "p99",
    "p99.9",
    `CPU-seconds a million ${what}`,
    "RSS at most, MB",
    "at the end",
    storm === undefined ? "did not arrive" : "were not let in",
    ...(hasRetained ? ["100,000 retained, ms"] : []),
    "generator late, p99, ms",
  ];
  const rows = outcomes.map(({ broker, measured }) => {
    if (typeof measured === "string") return [broker, measured, ...head.slice(2).map(() => "")];
    return [
      broker,
      ...cells(measured),
      ...(hasRetained ? [amount(measured["retained"])] : []),
      milli(measured["late99"]),
    ];
  });
  const offered = outcomes.map(({ measured }) =>
    typeof measured === "string" ? NaN : measured["offered"]
  );
  const most = offered.find((value) => value !== undefined && !isNaN(value));
  const told = most === undefined ? "" : ` Offered: ${amount(most)} a second.`;
  return [
    `### ${name}`,
    `${about[0]!.toUpperCase()}${about.slice(1)}.${told}`,
    [line(head), line(["---", ...head.slice(1).map(() => "---:")]), ...rows.map(line)].join("\n"),
  ].join("\n\n");
}

function cells(measured: Measured): string[] {
  const { rate, p50, p99, p999, cpu, peak, end, lost } = measured as Record<
    string,
    number | undefined
  >;
  return [
    amount(rate),
    milli(p50),
    milli(p99),
    milli(p999),
    amount(cpu),
    amount(peak),
    amount(end),
    lost === undefined ? "-" : Math.round(lost).toLocaleString("en"),
  ];
}

/** How precise the generator is: a row a rate. */
export function limitPart(rows: readonly (Measured & { readonly asked?: number })[]): string {
  const head = ["asked, messages a second", "sent", "late p50, ms", "late p99"];
  return [
    line(head),
    line(head.map(() => "---:")),
    ...rows.map((row) =>
      line([amount(row["asked"]), amount(row["rate"]), milli(row["late50"]), milli(row["late99"])])
    ),
  ].join("\n");
}

const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;

function amount(value: number | undefined): string {
  if (value === undefined || isNaN(value)) return "-";
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}

/** Microseconds as milliseconds. */
const milli = (value: number | undefined) => amount(value === undefined ? undefined : value / 1000);
