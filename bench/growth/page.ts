/** docs/GROWTH.md and its images, of what was measured. */
import { type Part, PARTS, type Value } from "./parts.ts";
import type { PartResult, Results, Row } from "./results.ts";
import { type Panel, short, svgOf } from "./svg.ts";

const DOCS = new URL("../../docs/", import.meta.url);

const INTRODUCTION = `# Growth

<!-- Written by \`deno task bench:growth --write\`. -->

What a message costs, and what else a broker does, while there is more and more of something. Each
column is a fresh process: Midge as \`deno task start\` runs it, and mosquitto with its defaults; the
state is made by clients, through connections. \`deno task bench:growth\` repeats it
([bench/README.md](../bench/README.md#growth)).

CPU a message is the broker's processor time for one of 64 bytes at QoS 0 from a publisher to a
subscriber, 80 in a write; latency is that of one message at a time; both are medians of three runs.
The longest wait of another is that of a client that pings every 2 ms, at rest for two seconds
(the sweep and \`$SYS\` fall into them) or while something large happens. Memory is the whole
process's (MB are 10^6 bytes); "each" is what one piece adds, from the smallest size to the largest.
Where other work runs on the machine, waits of up to 100 ms, and p99, are its.
`;

/** The page, and the images by the names of their files. */
export function pageOf(results: Results): { page: string; images: Record<string, string> } {
  const measured = PARTS.filter(({ name }) => results[name] !== undefined);
  const images = measured.map((part) => [imageName(part), plotOf(part, results[part.name]!)]);
  const parts = measured.map((part) => section(part, results[part.name]!));
  return { page: [INTRODUCTION, ...parts].join("\n"), images: Object.fromEntries(images) };
}

/** Writes both. */
export async function writePage(results: Results): Promise<void> {
  const { page, images } = pageOf(results);
  const file = new URL("GROWTH.md", DOCS);
  await Deno.writeTextFile(file, page);
  for (const [name, svg] of Object.entries(images)) {
    await Deno.writeTextFile(new URL(`images/${name}`, DOCS), svg);
  }
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", file.pathname] }).output();
}

function imageName({ name }: Part): string {
  return `growth_${name}.svg`;
}

function titleOf({ name }: Part): string {
  return `${name[0]!.toUpperCase()}${name.slice(1)}`;
}

function plotOf(part: Part, { rows }: PartResult): string {
  const panels = part.values.map((value) => panelOf(value, rows)).filter(({ lines }) =>
    lines.length > 0
  );
  return svgOf({ title: `${titleOf(part)}: ${part.what}`, what: part.what, panels });
}

function panelOf({ key, title, unit }: Value, rows: readonly Row[]): Panel {
  const lines = brokersOf(rows).map((name) => ({
    name,
    points: rows.map(({ size, brokers }) => [size, brokers[name]?.[key] ?? NaN] as const)
      .filter(([, value]) => Number.isFinite(value)),
  }));
  return { title, unit, lines: lines.filter(({ points }) => points.length > 0) };
}

function brokersOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap(({ brokers }) => Object.keys(brokers)))];
}

function section(part: Part, { conditions, rows }: PartResult): string {
  return [
    `## ${titleOf(part)}\n`,
    `![${titleOf(part)}: ${part.what}](images/${imageName(part)})\n`,
    table(part, rows),
    `\n${conditions} Repeat it: \`deno task bench:growth --only ${part.name}\`.\n`,
  ].join("\n");
}

/** A line for each number and broker, a column for each size. */
function table(part: Part, rows: readonly Row[]): string {
  const head = [`${part.what}`, "", ...rows.map(({ size }) => size.toLocaleString("en")), "each"];
  const lines = part.values.flatMap((value) =>
    brokersOf(rows).map((name) => line(valueCells(part, value, name, rows)))
  );
  return [line(head), line(head.map((_, i) => i < 2 ? "---" : "---:")), ...lines].join("\n");
}

function valueCells(
  { isHeld }: Part,
  { key, title, unit }: Value,
  name: string,
  rows: readonly Row[],
): string[] {
  const values = rows.map(({ brokers }) => brokers[name]?.[key] ?? NaN);
  const each = isHeld && key === "rss" ? eachOf(rows, values) : "";
  return [`${title}, ${unit}`, name, ...values.map(shown), each];
}

function eachOf(rows: readonly Row[], values: readonly number[]): string {
  const bytes = (values.at(-1)! - values[0]!) * 1e6 / (rows.at(-1)!.size - rows[0]!.size);
  return `${short(Math.round(bytes))} B`;
}

function shown(value: number): string {
  if (!Number.isFinite(value)) return "-";
  return value >= 1000 ? Math.round(value).toLocaleString("en") : `${Number(value.toPrecision(3))}`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
