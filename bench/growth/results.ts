/**
 * What was measured, kept in bench/growth/results.json so that parts can be measured one at a time. Invariant: a part's
 * cells are all of one run, which says when, where and on what.
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

/** Puts parts in the place of those of an earlier run. */
export async function keepResults(measured: Results): Promise<Results> {
  const all = { ...await readResults(), ...measured };
  await Deno.writeTextFile(FILE, `${JSON.stringify(all, rounded, 2)}\n`);
  return all;
}

/** Three digits are more than the measurement has. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value)
    ? Number(value.toPrecision(3))
    : value;
}
