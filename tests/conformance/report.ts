/**
 * Joins statements, sequences and outcomes: a verdict for each statement, one line each for the
 * terminal, and the document. Called by run.ts and statements_test.ts. Invariant: the document
 * follows from its arguments alone, so that a test can compare it with the file.
 */
import { nameOf, type Titled } from "./sequence.ts";
import type { Statement } from "./statements.ts";
import type { VersionSuite } from "./suites.ts";

/** What became of a sequence. */
export type Status = "pass" | "fail" | "skip";

/** The stored outcomes of one broker or client, by the names of the sequences. */
export interface Recorded {
  /** Name and version, `mosquitto 2.0.11`. */
  subject: string;
  kind: "broker" | "client";
  outcomes: Record<string, Status>;
}

/** The sequences for each kind of subject. */
export interface Suite {
  broker: readonly Titled[];
  client: readonly Titled[];
}

/** A statement's verdict with one broker. */
export interface Verdict {
  status: "pass" | "fail" | "untested";
  passed: string[];
  failed: string[];
  skipped: string[];
}

/** The verdict on one statement: it passes when a sequence passed and none failed; habits do not count. */
export function verdictOn(
  id: string,
  sequences: readonly Titled[],
  outcomes: Record<string, Status>,
): Verdict {
  const names = sequences.filter(({ ids, habit }) => !habit && ids.includes(id)).map(nameOf);
  const having = (status: Status) => names.filter((name) => outcomes[name] === status);
  const passed = having("pass");
  const failed = having("fail");
  const status = failed.length > 0 ? "fail" : passed.length > 0 ? "pass" : "untested";
  return { status, passed, failed, skipped: having("skip") };
}

/** One line a statement, those that failed followed by their sequences with the reasons in `why`. */
export function lines(
  statements: readonly Statement[],
  sequences: readonly Titled[],
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
  if (skipped !== undefined) return why[skipped] ?? "skipped";
  return statement.role === "client" ? "binds clients alone" : "not run";
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
  suite: Suite,
  recorded: Recorded[],
): string[] {
  return statements.map((statement) => {
    const results = recorded.map(({ kind, outcomes }) =>
      result(verdictOn(statement.id, suite[kind], outcomes))
    );
    const why = statement.untested ? ` *Not tested: ${cell(statement.untested)}.*` : "";
    const whyClient = statement.untestedClient === undefined
      ? ""
      : ` *Not tested with Midge's client: ${cell(statement.untestedClient)}.*`;
    const text = cell(statement.text) + why + whyClient;
    return `| ${statement.id} | ${statement.role} | ${text} | ${results.join(" | ")} |`;
  });
}

function summary(statements: readonly Statement[], suite: Suite, recorded: Recorded[]): string[] {
  return recorded.map(({ subject, kind, outcomes }) => {
    const verdicts = statements.map(({ id }) => verdictOn(id, suite[kind], outcomes));
    const statementsThat = (status: Verdict["status"]) =>
      verdicts.filter((verdict) => verdict.status === status).length;
    const counted = suite[kind].filter(({ habit }) => !habit).map(nameOf);
    const sequencesThat = (status: Status) =>
      counted.filter((name) => outcomes[name] === status).length;
    const numbers = [
      ...(["pass", "fail", "untested"] as const).map(statementsThat),
      ...(["pass", "fail", "skip"] as const).map(sequencesThat),
    ];
    return `| ${subject} | ${numbers.join(" | ")} |`;
  });
}

function failures(suite: Suite, recorded: Recorded[]): string[] {
  return recorded.flatMap(({ subject, kind, outcomes }) => {
    const counted = suite[kind].filter(({ habit }) => !habit).map(nameOf);
    const failed = counted.filter((name) => outcomes[name] === "fail");
    const list = failed.length > 0 ? failed.map((name) => `- ${cell(name)}`) : ["None."];
    return [`### ${subject}`, "", ...list, ""];
  });
}

function habitRows(suite: Suite, recorded: Recorded[]): string[] {
  const brokers = recorded.filter(({ kind }) => kind === "broker");
  return [
    `| habit | ${brokers.map(({ subject }) => subject).join(" | ")} |`,
    `| --- | ${brokers.map(() => "---").join(" | ")} |`,
    ...suite.broker.filter(({ habit }) => habit).map((one) => {
      const results = brokers.map(({ outcomes }) =>
        outcomes[nameOf(one)] === "pass" ? "yes" : "no"
      );
      return `| ${cell(nameOf(one))} | ${results.join(" | ")} |`;
    }),
  ];
}

function sequenceList(sequences: readonly Titled[]): string[] {
  return sequences.map((sequence) => {
    const others = sequence.ids.slice(1);
    return `- ${cell(nameOf(sequence))}${others.length > 0 ? ` (also ${others.join(", ")})` : ""}`;
  });
}

/** The command that runs a version's suite. */
function command(version: number): string {
  return `deno task conformance${version === 4 ? "" : ` --version ${version}`}`;
}

/** What the document says before its tables. */
function introduction(about: VersionSuite, suite: Suite): string[] {
  const { title, published, statements, version } = about;
  return [
    `# Conformance to ${title}`,
    "",
    "Generated by `deno task conformance:docs` from tests/conformance: do not edit.",
    "",
    `Every one of the ${statements.length} normative statements of ${title} (OASIS Standard, ${published}), in our words,`,
    `with the result of the sequences of raw bytes that test them: ${suite.broker.length} for brokers, ${suite.client.length} for Midge's client. A`,
    "statement passes when all its sequences do. A broker's permitted choices count as passed; where a choice leaves nothing",
    `to test, or the broker has no such listener, the sequence is skipped. \`${
      command(version)
    } --broker HOST:PORT\` runs the`,
    "same against any broker; tests/conformance/README.md says how the columns were recorded: Midge's with the default",
    "configuration, mosquitto's with its limits on queues lifted.",
  ];
}

/** The document of a version: docs/CONFORMANCE.md or docs/CONFORMANCE_5.md. */
export function document(about: VersionSuite, suite: Suite, recorded: Recorded[]): string {
  const { statements } = about;
  const subjects = recorded.map(({ subject }) => subject);
  return [
    ...introduction(about, suite),
    "",
    "| | statements passed | failed | not tested | sequences passed | failed | skipped |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...summary(statements, suite, recorded),
    "",
    "## Statements",
    "",
    `| statement | binds | what it asks | ${subjects.join(" | ")} |`,
    `| --- | --- | --- | ${subjects.map(() => "---").join(" | ")} |`,
    ...statementRows(statements, suite, recorded),
    "",
    "## Failed sequences",
    "",
    ...failures(suite, recorded),
    "## Habits",
    "",
    "What brokers usually do and no statement asks for. It counts for no statement.",
    "",
    ...habitRows(suite, recorded),
    "",
    "## Deviations",
    "",
    ...about.deviations,
    "",
    "## All sequences for brokers",
    "",
    ...sequenceList(suite.broker),
    "",
    "## All sequences for Midge's client",
    "",
    ...sequenceList(suite.client),
    "",
  ].join("\n");
}
