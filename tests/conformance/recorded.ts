/**
 * The stored outcomes behind docs/CONFORMANCE.md and docs/CONFORMANCE_5.md: read by statements_test.ts, read and
 * written by run.ts. Invariant: one entry a broker or client, Midge first, the sequences in the order of the suite.
 */
import type { Recorded } from "./report.ts";
import type { VersionSuite } from "./suites.ts";

/** All stored outcomes of a version; none where nothing has been recorded yet. */
export async function readRecorded({ results }: VersionSuite): Promise<Recorded[]> {
  try {
    return JSON.parse(await Deno.readTextFile(results)) as Recorded[];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Stores outcomes in place of those of the same subject, whatever its version. */
export async function record(suite: VersionSuite, ...entries: Recorded[]): Promise<Recorded[]> {
  const names = entries.map(nameOnly);
  const others = (await readRecorded(suite)).filter((entry) => !names.includes(nameOnly(entry)));
  const all = [...others, ...entries].toSorted((a, b) => rank(a) - rank(b));
  await Deno.writeTextFile(suite.results, JSON.stringify(all, null, 2) + "\n");
  return all;
}

/** The subject without its version. */
function nameOnly({ subject }: Recorded): string {
  return subject.replace(/ [\d.]+$/, "");
}

/** Midge, the brokers beside it, Midge's client. */
function rank({ subject, kind }: Recorded): number {
  return kind === "client" ? 2 : subject.startsWith("Midge") ? 0 : 1;
}

function place({ document }: VersionSuite): URL {
  return new URL(`../../${document}`, import.meta.url);
}

/** A version's document as it is. */
export function readDocument(suite: VersionSuite): Promise<string> {
  return Deno.readTextFile(place(suite));
}

/** Replaces a version's document. */
export function writeDocument(suite: VersionSuite, text: string): Promise<void> {
  return Deno.writeTextFile(place(suite), text);
}
