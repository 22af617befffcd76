/** Rounds against real brokers: one that keeps nothing is found out, and the load alone breaks no promise. */
import { assert, assertEquals } from "@std/assert";
import { countsOf, type RoundResult } from "./round.ts";
import { run, type RunOptions } from "./run.ts";

const SIZE = { publishers: 3, subscribers: 4 };

async function play(
  options: Omit<RunOptions, "seed" | "seconds" | "size"> & { readonly seed?: number },
): Promise<RoundResult[]> {
  const results: RoundResult[] = [];
  await run({ seed: 13, ...options, seconds: 1, size: SIZE }, (_, result) => {
    results.push(result);
    return Promise.resolve();
  });
  return results;
}

function kindsOf(results: readonly RoundResult[]): string[] {
  return [...new Set(results.flatMap(({ violations }) => violations.map(({ kind }) => kind)))]
    .sort();
}

Deno.test("clients that come and go find all promises kept while the broker runs", async () => {
  const results = await play({ broker: "forgetful", rounds: 1, signal: "none" });
  assertEquals(kindsOf(results), []);
  const { acknowledged, delivered } = countsOf(results[0]!.events);
  assert(acknowledged > 100 && delivered > 100);
});

Deno.test("a broker that keeps nothing is found out", async () => {
  const found: RoundResult[] = [];
  // What is sent again to a session that knows nothing of it comes twice, or behind what came later, now and then.
  const kinds = () => kindsOf(found).filter((kind) => kind !== "twice" && kind !== "order");
  // How far a round comes before its blow is up to the machine: there may be nothing retained yet.
  for (let seed = 13; seed < 18 && kinds().length < 3; seed++) {
    found.push(...await play({ broker: "forgetful", rounds: 1, signal: "kill", seed }));
  }
  assertEquals(kinds(), ["lost", "retained", "session"]);
});

Deno.test("Midge keeps what it has promised when it is killed, and when it is stopped", async () => {
  for (const signal of ["kill", "term"] as const) {
    const [result] = await play({ broker: "midge", rounds: 1, signal });
    assertEquals(result!.violations, [], signal);
    assert(countsOf(result!.events).acknowledged > 100);
  }
});
