/** Whatever the disk does: what was acknowledged comes back, once, in order, and nothing that never was. */
import fc from "fast-check";
import { type Failure, FAILURES } from "./simulated_disk.ts";
import { type Life, LogLives, type Terms } from "./log_life.ts";

const RUNS = 500;
/** Operations of a life, more or less. */
const OPERATIONS = 60;

const failure = fc.tuple(
  fc.nat(OPERATIONS),
  fc.constantFrom(...Object.keys(FAILURES) as Failure[]),
);

function lifeOf(...how: Life["how"][]): fc.Arbitrary<Life> {
  return fc.record({
    sizes: fc.array(fc.oneof(fc.nat(300), fc.nat(3000)), { maxLength: 20 }),
    edition: fc.integer({ min: 2, max: 12 }),
    failures: fc.array(failure, { maxLength: 3 }),
    end: fc.nat(OPERATIONS),
    how: fc.constantFrom(...how),
  });
}

const seed = fc.nat();
const segmentSize = fc.constantFrom(300, 1000, 4000);

async function hold(durability: Terms["durability"], life: fc.Arbitrary<Life>): Promise<void> {
  const lives = fc.array(life, { minLength: 1, maxLength: 5 });
  const property = fc.asyncProperty(seed, segmentSize, lives, async (seed, segmentSize, lives) => {
    const log = new LogLives({ durability, segmentSize, seed });
    for (const life of lives) await log.lead(life);
    await log.check();
  });
  await fc.assert(property, { numRuns: RUNS });
}

Deno.test("full: nothing acknowledged is lost by kills, power cuts and failures", async () => {
  await hold("full", lifeOf("kill", "power", "close"));
});

Deno.test("os: nothing acknowledged is lost by kills and failures", async () => {
  await hold("os", lifeOf("kill", "close"));
});
