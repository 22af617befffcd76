/**
 * Joins statements, sequences and outcomes: a verdict for each statement, one line each for the
 * terminal, and docs/CONFORMANCE.md. Called by run.ts and statements_test.ts. Invariant: the document
 * follows from its arguments alone, so that a test can compare it with the file.
 */
import { nameOf, type Sequence } from "./sequence.ts";
import type { Statement } from "./statements.ts";

/** What became of a sequence. */
export type Status = "pass" | "fail" | "skip";

/** The stored outcomes of one broker, by the names of the sequences. */
export interface Recorded {
  /** Name and version, `mosquitto 2.0.11`. */
  broker: string;
  outcomes: Record<string, Status>;
}

/** A statement's verdict with one broker. */
export interface Verdict {
  status: "pass" | "fail" | "untested";
  passed: string[];
  failed: string[];
  skipped: string[];
}

/** The verdict on one statement: it passes when a sequence passed and none failed. */
export function verdictOn(
  id: string,
  sequences: readonly Sequence[],
  outcomes: Record<string, Status>,
): Verdict {
  const names = sequences.filter(({ ids }) => ids.includes(id)).map(nameOf);
  const having = (status: Status) => names.filter((name) => outcomes[name] === status);
  const passed = having("pass");
  const failed = having("fail");
  const status = failed.length > 0 ? "fail" : passed.length > 0 ? "pass" : "untested";
  return { status, passed, failed, skipped: having("skip") };
}

/** One line a statement, those that failed followed by their sequences with the reasons in `why`. */
export function lines(
  statements: readonly Statement[],
  sequences: readonly Sequence[],
  outcomes: Record<string, Status>,
  why: Record<string, string>,
): string[] {
  return statements.flatMap((statement) => {
    const verdict = verdictOn(statement.id, sequences, outcomes);
    const total = verdict.passed.length + verdict.failed.length;
    const count = total > 0 ? `${verdict.passed.length}/${total}` : "";
    const head = [
      verdict.status.padEnd(8),
      statement.id.padEnd(14),
      statement.role.padEnd(7),
      count.padStart(7),
    ].join(" ");
    const reason = verdict.status === "untested"
      ? untestedReason(statement, verdict, why)
      : statement.text;
    return [
      `${head}  ${reason}`,
      ...verdict.failed.map((name) => `    ${name}: ${why[name] ?? ""}`),
    ];
  });
}

function untestedReason(
  statement: Statement,
  verdict: Verdict,
  why: Record<string, string>,
): string {
  if (statement.untested !== undefined) return statement.untested;
  const skipped = verdict.skipped[0];
  return skipped === undefined ? "not run" : why[skipped] ?? "skipped";
}

/** Escapes what Markdown would read as more than text. */
function cell(text: string): string {
  return text.replaceAll(/[\\|*`]/g, "\\$&").replaceAll("<", "&lt;");
}

function result(verdict: Verdict): string {
  const total = verdict.passed.length + verdict.failed.length;
  if (verdict.status === "untested") return "-";
  if (verdict.status === "fail") return `**fails ${verdict.failed.length} of ${total}**`;
  return `passes ${total}`;
}

function statementRows(
  statements: readonly Statement[],
  sequences: readonly Sequence[],
  recorded: Recorded[],
): string[] {
  return statements.map((statement) => {
    const results = recorded.map(({ outcomes }) =>
      result(verdictOn(statement.id, sequences, outcomes))
    );
    const why = statement.untested ? ` *Not tested: ${cell(statement.untested)}.*` : "";
    const text = cell(statement.text) + why;
    return `| ${statement.id} | ${statement.role} | ${text} | ${results.join(" | ")} |`;
  });
}

function summary(
  statements: readonly Statement[],
  sequences: readonly Sequence[],
  recorded: Recorded[],
): string[] {
  return recorded.map(({ broker, outcomes }) => {
    const verdicts = statements.map(({ id }) => verdictOn(id, sequences, outcomes));
    const count = (status: Verdict["status"]) =>
      verdicts.filter((verdict) => verdict.status === status).length;
    const ran = (status: Status) => Object.values(outcomes).filter((one) => one === status).length;
    return `| ${broker} | ${count("pass")} | ${count("fail")} | ${count("untested")} | ${
      ran("pass")
    } | ${ran("fail")} | ${ran("skip")} |`;
  });
}

function failures(recorded: Recorded[]): string[] {
  return recorded.flatMap(({ broker, outcomes }) => {
    const failed = Object.keys(outcomes).filter((name) => outcomes[name] === "fail");
    const list = failed.length > 0 ? failed.map((name) => `- ${cell(name)}`) : ["None."];
    return [`### ${broker}`, "", ...list, ""];
  });
}

function sequenceList(sequences: readonly Sequence[]): string[] {
  return sequences.map((sequence) => {
    const others = sequence.ids.slice(1);
    return `- ${cell(nameOf(sequence))}${others.length > 0 ? ` (also ${others.join(", ")})` : ""}`;
  });
}

/** docs/CONFORMANCE.md. */
export function document(
  statements: readonly Statement[],
  sequences: readonly Sequence[],
  recorded: Recorded[],
): string {
  const brokers = recorded.map(({ broker }) => broker);
  return [
    "# Conformance to MQTT 3.1.1",
    "",
    "Generated by `deno task conformance:docs` from tests/conformance: do not edit.",
    "",
    `Every one of the ${statements.length} normative statements of MQTT 3.1.1 (OASIS Standard, 29 October 2014), in our words,`,
    `with the result of the ${sequences.length} sequences of raw bytes that test them. A statement passes when all its`,
    "sequences do. A broker's permitted choices count as passed; where a choice leaves nothing to test, the sequence is",
    "skipped. `deno task conformance --broker HOST:PORT` runs the same against any broker; tests/conformance/README.md",
    "says how the columns were recorded.",
    "",
    "| broker | statements passed | failed | not tested | sequences passed | failed | skipped |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...summary(statements, sequences, recorded),
    "",
    "## Statements",
    "",
    `| statement | binds | what it asks | ${brokers.join(" | ")} |`,
    `| --- | --- | --- | ${brokers.map(() => "---").join(" | ")} |`,
    ...statementRows(statements, sequences, recorded),
    "",
    "## Failed sequences",
    "",
    ...failures(recorded),
    "## All sequences",
    "",
    ...sequenceList(sequences),
    "",
  ].join("\n");
}
