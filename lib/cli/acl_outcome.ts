/**
 * Asks the cases of `midge acl test` and tells how they came out. Invariant: a question that cannot be asked
 * counts as a difference.
 */
import type { Broker } from "../broker/life/broker.ts";
import type { AccessReport } from "../manage/access_report.ts";
import { reportLines } from "./access_report.ts";
import type { AclCase } from "./acl_cases.ts";

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
  broker: Pick<Broker, "explain">,
  cases: readonly AclCase[],
): Promise<AclOutcome[]> {
  const outcomes: AclOutcome[] = [];
  for (const one of cases) outcomes.push(await runCase(broker, one));
  return outcomes;
}

async function runCase(
  broker: Pick<Broker, "explain">,
  { name, request, expect }: AclCase,
): Promise<AclOutcome> {
  try {
    const report = await broker.explain(request);
    const { verdict, because } = report;
    return { name, ok: verdict === expect, expect, verdict, because, report };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { name, ok: false, expect, verdict: null, because: error.message, report: null };
  }
}

/** A line for each case, the explanation of those that differ, and the sum. */
export function outcomeLines(outcomes: readonly AclOutcome[]): string[] {
  const lines = outcomes.flatMap((outcome, index) => caseLines(outcome, index + 1));
  const differing = outcomes.filter(({ ok }) => !ok).length;
  const sum = differing === 0 ? "all as expected" : `${differing} not as expected`;
  return [...lines, `${outcomes.length} case${outcomes.length === 1 ? "" : "s"}: ${sum}`];
}

function caseLines({ name, ok, expect, verdict, because, report }: AclOutcome, number: number) {
  if (ok) return [`ok      ${number}: ${name}: ${expect}`];
  if (report === null) return [`FAILED  ${number}: ${name}: ${because}`];
  return [
    `FAILED  ${number}: ${name}: expected ${expect}, got ${verdict}`,
    ...reportLines(report).map((line) => `        ${line}`),
  ];
}
