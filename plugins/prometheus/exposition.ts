/**
 * Families of samples as text, OpenMetrics 1.0 or the older format of Prometheus, 0.0.4. Pure. Invariants: families are
 * whole, each name once; whatever a label's value is, it cannot end its line or its quotes.
 */

/** Which text. */
export type Format = "openmetrics" | "text";

/** What is sent with each. */
export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  text: "text/plain; version=0.0.4; charset=utf-8",
};

/** Names and values. */
export type Labels = Readonly<Record<string, string>>;

/** A number of a family. */
export interface Point {
  /** Behind the family's name: `_total`, `_bucket`, nothing. */
  readonly suffix: string;
  readonly labels: Labels;
  readonly value: number;
}

/** A family of samples. */
export interface Family {
  /** Without `_total`. */
  readonly name: string;
  /** `info` is a gauge in the older format. */
  readonly type: "counter" | "gauge" | "histogram" | "info" | "unknown";
  /** What the older format calls it, where that is another type and the name is used as it is; undefined: the same. */
  readonly textType?: "counter" | "gauge" | undefined;
  /** `bytes`, `seconds`; the name ends with it. */
  readonly unit?: string | undefined;
  /** For people, one line. */
  readonly help: string;
  readonly points: readonly Point[];
}

/** The families as one text. */
export function exposition(families: Iterable<Family>, format: Format): string {
  const lines: string[] = [];
  for (const family of families) {
    if (family.points.length === 0) continue;
    headOf(family, format, lines);
    for (const { suffix, labels, value } of family.points) {
      lines.push(`${family.name}${suffix}${labelsText(labels)} ${numberText(value)}`);
    }
  }
  if (format === "openmetrics") lines.push("# EOF");
  return `${lines.join("\n")}\n`;
}

/** A value as both formats have it. */
export function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return String(value);
}

/** The bound of a bucket: OpenMetrics wants floats that are whole written as such. */
export function boundText(bound: number, format: Format): string {
  return format === "openmetrics" && Number.isInteger(bound) ? `${bound}.0` : numberText(bound);
}

function headOf({ name, type, textType, unit, help }: Family, format: Format, lines: string[]) {
  if (format === "openmetrics") {
    lines.push(`# TYPE ${name} ${type}`);
    if (unit !== undefined) lines.push(`# UNIT ${name} ${unit}`);
    lines.push(`# HELP ${name} ${escaped(help).replaceAll('"', '\\"')}`);
    return;
  }
  // In the older format a counter's family has the name of its samples.
  const full = textType !== undefined ? name : `${name}${SUFFIXES[type]}`;
  lines.push(`# HELP ${full} ${escaped(help)}`, `# TYPE ${full} ${textType ?? TEXT_TYPES[type]}`);
}

const SUFFIXES: Readonly<Record<Family["type"], string>> = {
  counter: "_total",
  gauge: "",
  histogram: "",
  info: "_info",
  unknown: "",
};

const TEXT_TYPES: Readonly<Record<Family["type"], string>> = {
  counter: "counter",
  gauge: "gauge",
  histogram: "histogram",
  info: "gauge",
  unknown: "untyped",
};

function labelsText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) =>
    `${name}="${escaped(value).replaceAll('"', '\\"')}"`
  );
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

/** Backslashes and ends of lines; carriage returns, which some readers take for one, become spaces. */
function escaped(text: string): string {
  return text.toWellFormed().replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", " ");
}
