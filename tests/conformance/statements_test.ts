/** The table of statements, the sequences and docs/CONFORMANCE.md agree with one another. */
import { assert, assertEquals } from "@std/assert";
import { readDocument, readRecorded } from "./recorded.ts";
import { document, verdictOn } from "./report.ts";
import { CLIENT_SEQUENCES } from "./client/all.ts";
import { nameOf, type Sequence, sequence } from "./sequence.ts";
import { SEQUENCES } from "./sequences/all.ts";
import { STATEMENTS } from "./statements.ts";

const KNOWN = new Set(STATEMENTS.map(({ id }) => id));

Deno.test("the table lists each of the 143 statements once", () => {
  assertEquals(STATEMENTS.length, 143);
  assertEquals(KNOWN.size, 143);
});

const SUITE = { broker: SEQUENCES, client: CLIENT_SEQUENCES };
const BROKER_TESTED = new Set(SEQUENCES.flatMap(({ ids, habit }) => habit ? [] : ids));
const CLIENT_TESTED = new Set(CLIENT_SEQUENCES.flatMap(({ ids }) => ids));

Deno.test("every statement that binds the server has a sequence or a reason", () => {
  const missing = STATEMENTS.filter(({ id, role, untested }) =>
    role !== "client" && !BROKER_TESTED.has(id) && untested === undefined
  );
  assertEquals(missing.map(({ id }) => id), []);
});

Deno.test("every statement that binds the client has a sequence or a reason", () => {
  const missing = STATEMENTS.filter(({ id, role, untested }) =>
    (role === "client" || role === "both") && !CLIENT_TESTED.has(id) && untested === undefined
  );
  assertEquals(missing.map(({ id }) => id), []);
});

Deno.test("no statement has both sequences and a reason for having none", () => {
  const both = STATEMENTS.filter(({ id, untested }) =>
    untested !== undefined && (BROKER_TESTED.has(id) || CLIENT_TESTED.has(id))
  );
  assertEquals(both.map(({ id }) => id), []);
});

Deno.test("no sequence names an unknown statement", () => {
  const unknown = [...BROKER_TESTED, ...CLIENT_TESTED].filter((id) => !KNOWN.has(id));
  assertEquals(unknown, []);
});

Deno.test("every sequence has a name of its own", () => {
  for (const sequences of [SEQUENCES, CLIENT_SEQUENCES]) {
    const names = sequences.map(nameOf);
    assertEquals(names.filter((name, i) => names.indexOf(name) !== i), []);
  }
});

Deno.test("docs/CONFORMANCE.md is up to date (else: deno task conformance:docs)", async () => {
  const wanted = document(STATEMENTS, SUITE, await readRecorded());
  assert(
    await readDocument() === wanted,
    "run deno task conformance:docs and commit what it writes",
  );
});

Deno.test("every column of docs/CONFORMANCE.md has an outcome for every sequence", async () => {
  for (const { subject, kind, outcomes } of await readRecorded()) {
    const names = SUITE[kind].map(nameOf);
    const missing = names.filter((name) => outcomes[name] === undefined);
    assertEquals(missing, [], `${subject} must be recorded again (tests/conformance/README.md)`);
    assertEquals(
      Object.keys(outcomes).length,
      names.length,
      `${subject}: outcomes of old sequences`,
    );
  }
});

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
