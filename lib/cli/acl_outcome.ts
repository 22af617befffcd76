/** Tells how the cases of `midge acl test` came out. Pure. */
import type { AclOutcome } from "../manage/cases/outcome.ts";
import { reportLines } from "./access_report.ts";

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
