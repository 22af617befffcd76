/** The table of statements, the sequences and docs/CONFORMANCE.md agree with one another. */
import { assert, assertEquals } from "@std/assert";
import { readDocument, readRecorded } from "./recorded.ts";
import { document, verdictOn } from "./report.ts";
import { nameOf, type Sequence, sequence, type Titled } from "./sequence.ts";
import type { Statement } from "./statements.ts";
import { SUITES, type VersionSuite } from "./suites.ts";

/** The statements that sequences prove; habits prove none. */
function tested(sequences: readonly Titled[]): Set<string> {
  return new Set(sequences.flatMap(({ ids, habit }) => habit ? [] : ids));
}

/** The statements without a sequence that have no reason for it. */
function missing(statements: readonly Statement[], sequences: readonly Titled[]): string[] {
  const proved = tested(sequences);
  return statements.filter(({ id, untested }) => !proved.has(id) && untested === undefined)
    .map(({ id }) => id);
}

async function checkTable(suite: VersionSuite, count: number): Promise<void> {
  const { statements, broker } = suite;
  const client = await suite.client();
  const ids = statements.map(({ id }) => id);
  assertEquals(ids.length, count);
  assertEquals(new Set(ids).size, count);
  assertEquals(missing(statements.filter(({ role }) => role !== "client"), broker), []);
  const ofClients = statements.filter(({ role }) => role === "client" || role === "both");
  const withReason = ofClients.filter(({ untestedClient }) => untestedClient !== undefined);
  assertEquals(missing(ofClients.filter((one) => !withReason.includes(one)), client), []);
  const provedByClient = tested(client);
  assertEquals(withReason.filter(({ id }) => provedByClient.has(id)).map(({ id }) => id), []);
  const proved = tested([...broker, ...client]);
  const both = statements.filter(({ id, untested }) => untested !== undefined && proved.has(id));
  assertEquals(both.map(({ id }) => id), [], "these have both sequences and a reason for none");
  assertEquals([...proved].filter((id) => !ids.includes(id)), [], "these are unknown");
}

async function checkNames(suite: VersionSuite): Promise<void> {
  for (const sequences of [suite.broker, await suite.client()]) {
    const names = sequences.map(nameOf);
    assertEquals(names.filter((name, i) => names.indexOf(name) !== i), []);
  }
}

async function checkDocument(suite: VersionSuite): Promise<void> {
  const sequences = { broker: suite.broker, client: await suite.client() };
  const wanted = document(suite, sequences, await readRecorded(suite));
  const isUpToDate = await readDocument(suite) === wanted;
  assert(isUpToDate, "run deno task conformance:docs and commit what it writes");
}

async function checkColumns(suite: VersionSuite): Promise<void> {
  const sequences = { broker: suite.broker, client: await suite.client() };
  for (const { subject, kind, outcomes } of await readRecorded(suite)) {
    const names = sequences[kind].map(nameOf);
    const absent = names.filter((name) => outcomes[name] === undefined);
    assertEquals(absent, [], `${subject} must be recorded again (tests/conformance/README.md)`);
    const old = Object.keys(outcomes).length;
    assertEquals(old, names.length, `${subject}: outcomes of old sequences`);
  }
}

for (const [suite, count] of [[SUITES[4], 143], [SUITES[5], 251]] as const) {
  const { title, document: file } = suite;
  Deno.test(
    `the table lists each of the ${count} statements of ${title} once, each with a sequence or a reason`,
    () => checkTable(suite, count),
  );
  Deno.test(`every sequence of ${title} has a name of its own`, () => checkNames(suite));
  Deno.test(
    `${file} is up to date (else: deno task conformance:docs)`,
    () => checkDocument(suite),
  );
  Deno.test(
    `every column of ${file} has an outcome for every sequence`,
    () => checkColumns(suite),
  );
}

Deno.test("a statement fails when one of its sequences does, and is untested without any", () => {
  const never = () => Promise.resolve();
  const both: Sequence[] = [
    sequence("1.5.3-1", "a", never),
    sequence("4.8.0-1 1.5.3-1", "b", never),
  ];
  const outcomes = { "[MQTT-1.5.3-1] a": "pass", "[MQTT-4.8.0-1] b": "fail" } as const;
  assertEquals(verdictOn("MQTT-1.5.3-1", both, outcomes).status, "fail");
  assertEquals(verdictOn("MQTT-1.5.3-1", [both[0]!], outcomes).status, "pass");
  assertEquals(verdictOn("MQTT-3.1.0-1", both, outcomes).status, "untested");
  assertEquals(verdictOn("MQTT-1.5.3-1", both, {}).status, "untested");
  const withHabit = [both[0]!, { ...both[1]!, habit: true }];
  assertEquals(
    verdictOn("MQTT-1.5.3-1", withHabit, outcomes).status,
    "pass",
    "a habit counts for none",
  );
});
