/**
 * What was measured, kept in bench/growth/results.json so that parts, and sizes of a part, can be measured one at a time.
 * Invariant: the brokers of one size are of one run; a part says when, where and on what it was measured last.
 */
import type { Measured } from "../../lib/cli/load/run.ts";

/** What one size of a part came to, by broker. */
export interface Row {
  readonly size: number;
  readonly brokers: Readonly<Record<string, Measured>>;
}

/** One part, as it was measured. */
export interface PartResult {
  /** The day, the machine and the versions, in words. */
  readonly conditions: string;
  readonly rows: readonly Row[];
}

/** By the name of the part. */
export type Results = Readonly<Record<string, PartResult>>;

const FILE = new URL("results.json", import.meta.url);

/** Empty where nothing was kept yet. */
export async function readResults(): Promise<Results> {
  try {
    return JSON.parse(await Deno.readTextFile(FILE)) as Results;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

/**
 * Puts parts in the place of those of an earlier run.
 * @param inPart only the sizes that were measured
 */
export async function keepResults(measured: Results, inPart = false): Promise<Results> {
  const all: Record<string, PartResult> = { ...await readResults() };
  for (const [name, part] of Object.entries(measured)) {
    all[name] = inPart ? { ...part, rows: merged(all[name]?.rows ?? [], part.rows) } : part;
  }
  await Deno.writeTextFile(FILE, `${JSON.stringify(all, rounded, 2)}\n`);
  return all;
}

function merged(before: readonly Row[], rows: readonly Row[]): Row[] {
  const sizes = new Set(rows.map(({ size }) => size));
  return [...before.filter(({ size }) => !sizes.has(size)), ...rows].sort((a, b) =>
    a.size - b.size
  );
}

/** Three digits are more than the measurement has. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value)
    ? Number(value.toPrecision(3))
    : value;
}
