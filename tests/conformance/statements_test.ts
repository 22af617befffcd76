/** The table of statements, the sequences and docs/CONFORMANCE.md agree with one another. */
import { assert, assertEquals } from "@std/assert";
import { readDocument, readRecorded } from "./recorded.ts";
import { document, verdictOn } from "./report.ts";
import { nameOf, type Sequence, sequence } from "./sequence.ts";
import { SEQUENCES } from "./sequences/all.ts";
import { STATEMENTS } from "./statements.ts";

const KNOWN = new Set(STATEMENTS.map(({ id }) => id));

Deno.test("the table lists each of the 143 statements once", () => {
  assertEquals(STATEMENTS.length, 143);
  assertEquals(KNOWN.size, 143);
});

Deno.test("every statement that binds the server has a sequence or a reason", () => {
  const tested = new Set(SEQUENCES.flatMap(({ ids }) => ids));
  const missing = STATEMENTS.filter(({ id, untested }) =>
    !tested.has(id) && untested === undefined
  );
  assertEquals(missing.map(({ id }) => id), []);
});

Deno.test("no statement has both sequences and a reason for having none", () => {
  const tested = new Set(SEQUENCES.flatMap(({ ids }) => ids));
  assertEquals(
    STATEMENTS.filter(({ id, untested }) => untested !== undefined && tested.has(id)),
    [],
  );
});

Deno.test("no sequence names an unknown statement", () => {
  const unknown = SEQUENCES.filter(({ ids }) => ids.some((id) => !KNOWN.has(id)));
  assertEquals(unknown.map(nameOf), []);
});

Deno.test("every sequence has a name of its own", () => {
  const names = SEQUENCES.map(nameOf);
  assertEquals(names.filter((name, i) => names.indexOf(name) !== i), []);
});

Deno.test("docs/CONFORMANCE.md is up to date (else: deno task conformance:docs)", async () => {
  const wanted = document(STATEMENTS, SEQUENCES, await readRecorded());
  assert(
    await readDocument() === wanted,
    "run deno task conformance:docs and commit what it writes",
  );
});

Deno.test("every column of docs/CONFORMANCE.md has an outcome for every sequence", async () => {
  for (const { broker, outcomes } of await readRecorded()) {
    const missing = SEQUENCES.map(nameOf).filter((name) => outcomes[name] === undefined);
    assertEquals(missing, [], `${broker} must be recorded again`);
    assertEquals(
      Object.keys(outcomes).length,
      SEQUENCES.length,
      `${broker} has outcomes of old sequences`,
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
});
