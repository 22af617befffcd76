/**
 * The conformance sequences against Midge, each a test named after its statement and each with a
 * broker of its own, so that the leak sanitizers see what every exchange leaves behind. Those that
 * take seconds run side by side in one test.
 */
import { MIDGE_PROVIDES, startMidge } from "./midge.ts";
import { nameOf, type Sequence } from "./sequence.ts";
import { SEQUENCES } from "./sequences/all.ts";
import { Stage } from "./stage.ts";

/** A sequence that Midge makes skip fails here: what it needs is Midge's to provide. */
async function playOnMidge({ run, needs }: Sequence): Promise<void> {
  await using midge = await startMidge(needs && "access");
  const stage = new Stage(midge.target);
  try {
    await run(stage);
  } finally {
    await stage.dispose();
  }
}

const provided = SEQUENCES.filter(({ needs }) => needs === undefined || MIDGE_PROVIDES.has(needs));

for (const sequence of provided.filter(({ slow }) => !slow)) {
  Deno.test(nameOf(sequence), () => playOnMidge(sequence));
}

Deno.test("sequences that take seconds, side by side", async (t) => {
  const slow = provided.filter((sequence) => sequence.slow);
  await Promise.all(slow.map((sequence) =>
    t.step({
      name: nameOf(sequence),
      fn: () => playOnMidge(sequence),
      // Steps that overlap cannot be told apart by the sanitizers; the whole test is checked instead.
      sanitizeOps: false,
      sanitizeResources: false,
      sanitizeExit: false,
    })
  ));
});
