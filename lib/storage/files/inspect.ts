/**
 * What a store holds and what is wrong with it, for people. Invariants: nothing is changed; a broker that writes
 * meanwhile, and uses files again, makes no damage.
 */
import type { Disk } from "./disk.ts";
import { type Found, StoreReader } from "./store_reader.ts";
import { type SegmentFile, surveyOf } from "./survey.ts";

/** A file of a store. */
export interface SegmentReport {
  readonly name: string;
  /** Bytes of the file. */
  readonly size: number;
  /** How many batches in it are needed. */
  readonly batches: number;
  /** Their numbers; undefined: none is needed. */
  readonly first: number | undefined;
  readonly last: number | undefined;
}

/** A store. */
export interface StoreReport {
  readonly segments: readonly SegmentReport[];
  /** How many batches are needed. */
  readonly batches: number;
  /** Bytes of their records. */
  readonly bytes: number;
  /** When the newest was written, milliseconds since the epoch; undefined: there is none. */
  readonly newest: number | undefined;
  /** One line each. */
  readonly damages: readonly string[];
  /** What is no damage, and may be of interest: one line each. */
  readonly notes: readonly string[];
}

/** How often a store is read while it changes. */
const TRIES = 3;

/**
 * Reads all of a store, its lock or not.
 * @param begin called when a reading begins, once or more often; its result is told what is found in order
 * @throws StoreError for a store of a newer schema; else what the system says
 */
export async function inspect(
  disk: Disk,
  begin: () => (found: Found) => void = () => () => {},
): Promise<StoreReport> {
  for (let tries = 1;; tries++) {
    try {
      const report = await inspectOnce(disk, begin());
      if (report.damages.length === 0 || tries === TRIES) return report;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) || tries === TRIES) throw error;
    }
  }
}

async function inspectOnce(disk: Disk, tell: (found: Found) => void): Promise<StoreReport> {
  const survey = await surveyOf(disk);
  const placed = new Map<string, PlacedBatches>();
  const lines = { damage: [] as string[], torn: [] as string[] };
  let newest: number | undefined;
  for await (const found of new StoreReader(disk, survey, true).read()) {
    tell(found);
    if (found.kind !== "batch") {
      lines[found.kind].push(found.line);
      continue;
    }
    const { number, body, wall } = found.batch;
    const { first, batches, bytes } = placed.get(found.segment.name) ??
      { first: number, batches: 0, bytes: 0 };
    const sums = { first, last: number, batches: batches + 1, bytes: bytes + body.length };
    placed.set(found.segment.name, sums);
    newest = wall;
  }
  const segments = [...survey.segments, ...survey.spares, ...survey.strangers]
    .toSorted((a, b) => a.number - b.number)
    .map((file) => reportOf(file, placed.get(file.name)));
  return {
    segments,
    batches: sumOf(segments.map(({ batches }) => batches)),
    bytes: sumOf([...placed.values()].map(({ bytes }) => bytes)),
    newest,
    damages: lines.damage,
    notes: lines.torn,
  };
}

interface PlacedBatches {
  readonly first: number;
  readonly last: number;
  readonly batches: number;
  readonly bytes: number;
}

function reportOf({ name, size }: SegmentFile, placed: PlacedBatches | undefined): SegmentReport {
  return {
    name,
    size,
    batches: placed?.batches ?? 0,
    first: placed?.first,
    last: placed?.last,
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
