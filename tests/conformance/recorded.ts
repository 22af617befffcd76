/**
 * The stored outcomes behind docs/CONFORMANCE.md, tests/conformance/results.json: read by
 * statements_test.ts, read and written by run.ts. Invariant: one entry a broker, Midge's first, the
 * sequences in the order of the suite.
 */
import type { Recorded } from "./report.ts";

const RESULTS = new URL("./results.json", import.meta.url);
const DOCUMENT = new URL("../../docs/CONFORMANCE.md", import.meta.url);

/** All stored outcomes; none where nothing has been recorded yet. */
export async function readRecorded(): Promise<Recorded[]> {
  try {
    return JSON.parse(await Deno.readTextFile(RESULTS)) as Recorded[];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Stores one broker's outcomes in place of those of the same broker, whatever its version. */
export async function record(entry: Recorded): Promise<Recorded[]> {
  const nameOnly = (broker: string) => broker.split(" ")[0];
  const others = (await readRecorded()).filter(({ broker }) =>
    nameOnly(broker) !== nameOnly(entry.broker)
  );
  const all = [...others, entry].toSorted((a, b) => rank(a.broker) - rank(b.broker));
  await Deno.writeTextFile(RESULTS, JSON.stringify(all, null, 2) + "\n");
  return all;
}

function rank(broker: string): number {
  return broker.startsWith("Midge") ? 0 : 1;
}

/** docs/CONFORMANCE.md as it is. */
export function readDocument(): Promise<string> {
  return Deno.readTextFile(DOCUMENT);
}

/** Replaces docs/CONFORMANCE.md. */
export function writeDocument(text: string): Promise<void> {
  return Deno.writeTextFile(DOCUMENT, text);
}
