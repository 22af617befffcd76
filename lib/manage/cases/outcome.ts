/** Asks the cases of a table. Invariant: a question that cannot be asked counts as a difference. */
import type { AccessReport } from "../access_report.ts";
import type { AclCase } from "./cases.ts";
import type { ExplainRequest } from "./question.ts";

/** Who can be asked. */
export interface Asker {
  /** @throws Error for a question that cannot be asked */
  explain(request: ExplainRequest): Promise<AccessReport>;
}

/** How one case came out; plain data. */
export interface AclOutcome {
  readonly name: string;
  readonly ok: boolean;
  readonly expect: "allow" | "deny";
  /** Null where the question could not be asked. */
  readonly verdict: "allow" | "deny" | null;
  readonly because: string;
  readonly report: AccessReport | null;
}

/** Asks one case after the other. */
export async function runCases(
  asker: Asker,
  cases: readonly AclCase[],
): Promise<AclOutcome[]> {
  const outcomes: AclOutcome[] = [];
  for (const one of cases) outcomes.push(await runCase(asker, one));
  return outcomes;
}

async function runCase(
  asker: Asker,
  { name, request, expect }: AclCase,
): Promise<AclOutcome> {
  try {
    const report = await asker.explain(request);
    const { verdict, because } = report;
    return { name, ok: verdict === expect, expect, verdict, because, report };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { name, ok: false, expect, verdict: null, because: error.message, report: null };
  }
}

/** A case that came out otherwise, in one line, with its number from 1. */
export function failureLine(outcome: AclOutcome, number: number): string {
  const { name, expect, verdict, because } = outcome;
  if (verdict === null) return `${number}: ${name}: ${because}`;
  return `${number}: ${name}: expected ${expect}, got ${verdict}: ${because}`;
}
