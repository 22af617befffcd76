/** A run finds a broker that ends, complains, leaves something behind or serves its witness badly; else nothing. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { startBroker } from "../support/running_broker.ts";
import { type Defect, FalseBroker } from "./false_broker.ts";
import { fuzz, type Observed, type Outcome } from "./fuzz.ts";
import { caseOf, type FuzzCase } from "./fuzz_case.ts";
import type { Counted } from "./judge.ts";

const CASES = 10;
const CALM: Counted = { metrics: { clientsConnected: 2 }, resident: 1e6, descriptors: 9 };
/** A process that nothing happens to. */
const SOUND: Observed = {
  ending: undefined,
  newLines: () => [],
  look: () => Promise.resolve(CALM),
};

/** A number of cases, or cases without an end. */
function cases(count: number): () => FuzzCase | undefined {
  let number = 0;
  return () => number < count ? caseOf(1, number++, "tcp") : undefined;
}

async function run(defect: Defect, suspect: Observed, count = CASES): Promise<Outcome> {
  await using broker = new FalseBroker(defect);
  const pace = { warmUp: 0, quiet: 0 };
  return await fuzz({
    address: broker.address,
    transport: "tcp",
    suspect,
    next: cases(count),
    lanes: 2,
    witnesses: [[4, 4]], // the false broker speaks nothing else
    pace,
  });
}

Deno.test("a sound broker: all cases are played, nothing is found", async () => {
  const { findings, played, cases, witness } = await run("none", SOUND);
  assertEquals([findings, played, cases.length], [[], CASES, CASES]);
  assert(witness["sent"]! > 0 && witness["sent"] === witness["received"]);
});

Deno.test("a process that ends, ends the run, and its last cases are kept", async () => {
  const { findings, cases } = await run("none", { ...SOUND, ending: 134 }, Infinity);
  assertEquals(findings[0], "the broker ended with exit code 134");
  assert(cases.length > 0);
});

Deno.test("so does a line of the log that no client may cause", async () => {
  const newLines = () => ["error: Uncaught TypeError: x is undefined"];
  const { findings } = await run("none", { ...SOUND, newLines }, Infinity);
  assertEquals(findings, ["the log: error: Uncaught TypeError: x is undefined"]);
});

Deno.test("so does a witness whose connection is ended", async () => {
  const { findings } = await run("ends", SOUND, Infinity);
  // Which of its two connections has seen it first is a matter of the machine.
  assertMatch(
    findings[0] ?? "",
    /^the witness: the (subscriber|publisher)'s connection was ended by the broker$/,
  );
});

Deno.test("what stays behind is found in the end, and so is a broker that does not say", async () => {
  let looks = 0;
  const later = () => Promise.resolve(looks++ === 0 ? CALM : { ...CALM, descriptors: 99 });
  const left = await run("none", { ...SOUND, look: later });
  assertEquals(left.findings, ["left behind: 99 open descriptors, expected at most 12"]);
  looks = 0;
  const deaf = () => looks++ === 0 ? Promise.resolve(CALM) : Promise.reject(new Error("no answer"));
  const { findings } = await run("none", { ...SOUND, look: deaf });
  assertEquals(findings, ["the broker cannot be asked how it does: no answer"]);
});

Deno.test("Midge in this process stands 200 cases", async () => {
  await using running = await startBroker({ plugins: { auth_anonymous: null } });
  const { findings, played } = await fuzz({
    address: running.address,
    transport: "tcp",
    suspect: undefined,
    next: cases(200),
    pace: { warmUp: 0, quiet: 0 },
  });
  assertEquals([findings, played], [[], 200]);
});
