/**
 * `deno task conformance`: runs the suite against a broker given by address, or against Midge and its
 * client, which it then starts itself. Prints one line a statement; exits with 1 where one failed.
 * Invariants: without --record nothing is written; testing another broker loads nothing of Midge.
 */
import { RawClient } from "../support/raw_client.ts";
import { type Flags, readFlags, readTarget, readVersion, USAGE } from "./flags.ts";
import { readRecorded, record, writeDocument } from "./recorded.ts";
import { document, lines, type Recorded, type Status } from "./report.ts";
import { type Outcome, playAll, playClient } from "./runner.ts";
import { nameOf, type Sequence, type Titled } from "./sequence.ts";
import type { Target } from "./stage.ts";
import { SUITES, type VersionSuite } from "./suites.ts";

/** The outcomes of one subject. */
interface Played {
  kind: Recorded["kind"];
  outcomes: Outcome[];
}

function chosen<T extends Titled>(sequences: readonly T[], only = ""): T[] {
  return sequences.filter(({ ids, title }) =>
    ids.includes(only) || nameOf({ ids, title }).includes(only)
  );
}

async function playOther(suite: VersionSuite, flags: Flags): Promise<Played[]> {
  const target = readTarget(flags);
  try {
    await (await RawClient.dial(target.address)).close();
  } catch (cause) {
    throw new Error(`--broker ${flags.broker}: cannot connect: ${cause}`, { cause });
  }
  const sequences = chosen(suite.broker, flags.only);
  const outcomes = await playAll(sequences, suite.version, () => target);
  return [{ kind: "broker", outcomes }];
}

/** Sequences of one key share a broker. Logins that fail slow later ones of their user down: these have one each. */
function keyOf(sequence: Sequence): unknown {
  return sequence.needs === "scram" ? sequence : sequence.needs;
}

async function playMidge(suite: VersionSuite, flags: Flags): Promise<Played[]> {
  const { startMidge } = await import("./midge.ts");
  await using brokers = new AsyncDisposableStack();
  const targets = new Map<unknown, Target>();
  const sequences = chosen(suite.broker, flags.only);
  for (const sequence of sequences) {
    const key = keyOf(sequence);
    if (targets.has(key)) continue;
    const { target } = brokers.use(await startMidge(sequence.needs));
    targets.set(key, { ...target, shared: true });
  }
  const outcomes = await playAll(sequences, suite.version, (one) => targets.get(keyOf(one))!);
  return [
    { kind: "broker", outcomes },
    { kind: "client", outcomes: await playClient(chosen(await suite.client(), flags.only)) },
  ];
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

function statusOf(outcomes: Outcome[]): Record<string, Status> {
  return Object.fromEntries(outcomes.map(({ sequence, status }) => [nameOf(sequence), status]));
}

/** Prints one line a statement, with --verbose also one a sequence, and the sums. */
function printReport({ kind, outcomes }: Played, suite: VersionSuite, flags: Flags): void {
  print(kind === "broker" ? "Broker" : "Midge's client");
  const why = Object.fromEntries(outcomes.map((one) => [nameOf(one.sequence), one.why ?? ""]));
  if (flags.verbose) {
    for (const { sequence, status } of outcomes) {
      print(`${status} ${nameOf(sequence)} ${why[nameOf(sequence)]}`);
    }
  }
  const sequences = outcomes.map(({ sequence }) => sequence);
  const shown = suite.statements.filter(({ id, role }) =>
    sequences.some(({ ids }) => ids.includes(id)) ||
    (flags.only === undefined && (kind === "broker" || role !== "server"))
  );
  for (const line of lines(shown, sequences, statusOf(outcomes), why)) print(line);
  const count = (status: Status) => outcomes.filter((one) => one.status === status).length;
  print(
    `${outcomes.length} sequences: ${count("pass")} passed, ${count("fail")} failed, ${
      count("skip")
    } skipped`,
  );
}

async function store(played: Played[], suite: VersionSuite, flags: Flags): Promise<void> {
  if (flags.only !== undefined) throw new Error("--record stores whole runs; leave --only out");
  await record(
    suite,
    ...played.map(({ kind, outcomes }) => ({
      subject: kind === "client" ? `${flags.record}'s client` : flags.record!,
      kind,
      outcomes: statusOf(outcomes),
    })),
  );
  const sequences = { broker: suite.broker, client: await suite.client() };
  await writeDocument(suite, document(suite, sequences, await readRecorded(suite)));
}

/** Runs the suite as the flags say; the exit code. */
async function main(args: string[]): Promise<number> {
  const flags = readFlags(args);
  if (flags.help) {
    print(USAGE);
    return 0;
  }
  const suite = SUITES[readVersion(flags)];
  const play = flags.broker === undefined ? playMidge : playOther;
  const played = await play(suite, flags);
  for (const one of played) if (one.outcomes.length > 0) printReport(one, suite, flags);
  if (flags.record !== undefined) {
    await store(played, suite, flags);
    return 0;
  }
  const isFailure = ({ sequence, status }: Outcome) => status === "fail" && !sequence.habit;
  return played.some(({ outcomes }) => outcomes.some(isFailure)) ? 1 : 0;
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args);
  } catch (error) {
    print(error instanceof Error ? error.message : String(error));
    Deno.exitCode = 2;
  }
}
