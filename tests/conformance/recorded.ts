/**
 * The stored outcomes behind docs/CONFORMANCE.md, tests/conformance/results.json: read by
 * statements_test.ts, read and written by run.ts. Invariant: one entry a broker or client, Midge first, the
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

/** Stores outcomes in place of those of the same subject, whatever its version. */
export async function record(...entries: Recorded[]): Promise<Recorded[]> {
  const names = entries.map(nameOnly);
  const others = (await readRecorded()).filter((entry) => !names.includes(nameOnly(entry)));
  const all = [...others, ...entries].toSorted((a, b) => rank(a) - rank(b));
  await Deno.writeTextFile(RESULTS, JSON.stringify(all, null, 2) + "\n");
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

/** docs/CONFORMANCE.md as it is. */
export function readDocument(): Promise<string> {
  return Deno.readTextFile(DOCUMENT);
}

/** Replaces docs/CONFORMANCE.md. */
export function writeDocument(text: string): Promise<void> {
  return Deno.writeTextFile(DOCUMENT, text);
}
