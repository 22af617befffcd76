/**
 * The conformance sequences of each version against Midge, each a test named after its statement and each with a
 * broker of its own, so that the leak sanitizers see what every exchange leaves behind. Those that take seconds run
 * side by side in one test.
 */
import { FakeClock } from "../support/fake_clock.ts";
import { MIDGE_PROVIDES, startMidge } from "./midge.ts";
import { nameOf, type Sequence } from "./sequence.ts";
import { Stage } from "./stage.ts";
import { SUITES, type VersionSuite } from "./suites.ts";
import type { Version } from "./words.ts";

/** A sequence that Midge makes skip fails here: what it needs is Midge's to provide. */
async function playOnMidge({ run, needs }: Sequence, version: Version): Promise<void> {
  await using midge = await startMidge(needs, new FakeClock());
  const stage = new Stage(midge.target, version);
  try {
    await run(stage);
  } finally {
    await stage.dispose();
  }
}

/** The name of a test: the version where it is not 3.1.1, and the sequence's. */
function titleOf(sequence: Sequence, version: Version): string {
  return version === 4 ? nameOf(sequence) : `${version} ${nameOf(sequence)}`;
}

function test({ broker, version }: VersionSuite): void {
  const provided = broker.filter(({ needs }) => needs === undefined || MIDGE_PROVIDES.has(needs));
  for (const sequence of provided.filter(({ slow }) => !slow)) {
    Deno.test(titleOf(sequence, version), () => playOnMidge(sequence, version));
  }
  Deno.test(`sequences of ${SUITES[version].title} that take seconds, side by side`, async (t) => {
    const slow = provided.filter((sequence) => sequence.slow);
    await Promise.all(slow.map((sequence) =>
      t.step({
        name: titleOf(sequence, version),
        fn: () => playOnMidge(sequence, version),
        // Steps that overlap cannot be told apart by the sanitizers; the whole test is checked instead.
        sanitizeOps: false,
        sanitizeResources: false,
        sanitizeExit: false,
      })
    ));
  });
}

for (const suite of [SUITES[4], SUITES[5]]) test(suite);
