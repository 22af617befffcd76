/**
 * One run of the fuzzer: cases in several lanes against a broker, witnesses beside them, and a look at what is left
 * behind. Invariants: the first thing that is wrong ends the run; the cases that may have caused it are kept.
 */
import { delay, type Measured } from "../../lib/cli/load/run.ts";
import type { TcpAddress } from "../../lib/cli/load/target.ts";
import { messageOf } from "../../lib/user_error.ts";
import type { FuzzCase, Transport } from "./fuzz_case.ts";
import { type Counted, faultsIn, leftBehind } from "./judge.ts";
import { playAll, Recent } from "./play.ts";
import { HANG_MS } from "./tally.ts";
import type { Testimony, Versions } from "./witness.ts";
import { startWitness } from "./witness_thread.ts";

const LANES = 24;
/** Publisher and subscriber of each witness: messages go from either version to the other. */
const WITNESSES: readonly Versions[] = [[4, 5], [5, 4]];
/** Cases that are kept for a finding. */
const KEPT = 200;
const LOOK_EVERY_MS = 100;
/**
 * First there are only the witness's messages: the broker's memory before the others is that of one at work. In the end
 * sessions of the others end after 3 s, connections after 10 s.
 */
const PACE = { warmUp: 1500, quiet: 15_000 };
const QUIET_STEP_MS = 500;

/** A broker whose process is ours. */
export interface Observed {
  /** Its exit code; undefined while it lives. */
  readonly ending: number | undefined;
  /** Lines of its log that were not seen before. */
  newLines(): readonly string[];
  /** What it holds now; rejects where it does not answer. */
  look(): Promise<Counted>;
}

/** What is to be done. */
export interface Order {
  readonly address: TcpAddress;
  readonly transport: Transport;
  /** Undefined: someone else runs the broker. */
  readonly suspect: Observed | undefined;
  /** The next case; undefined: there is no further one. */
  readonly next: () => FuzzCase | undefined;
  readonly lanes?: number;
  /** What the witnesses speak. */
  readonly witnesses?: readonly Versions[];
  /** What takes the broker longer is a finding, milliseconds. */
  readonly hangMs?: number;
  /** Milliseconds before the first case, and after the last. */
  readonly pace?: { readonly warmUp: number; readonly quiet: number };
}

/** What came out. */
export interface Outcome {
  readonly findings: readonly string[];
  readonly played: number;
  /** Those that may have caused the findings. */
  readonly cases: readonly FuzzCase[];
  /** Of the witnesses together; times in microseconds. */
  readonly witness: Measured;
  /** RSS of the broker before and after, in bytes; NaN where the process is not ours. */
  readonly resident: readonly [number, number];
}

/** The findings of a run, and the signal that ends it with the first one. */
class Findings {
  readonly lines: string[] = [];
  readonly #over = new AbortController();

  get over(): AbortSignal {
    return this.#over.signal;
  }

  add(lines: readonly string[]): void {
    this.lines.push(...lines.filter((line) => !this.lines.includes(line)));
    if (this.lines.length > 0) this.#over.abort();
  }
}

/** Runs until there is no further case, or something is wrong. */
export async function fuzz(order: Order): Promise<Outcome> {
  const findings = new Findings();
  const { address, transport, suspect, witnesses = WITNESSES, hangMs = HANG_MS } = order;
  const pace = order.pace ?? { ...PACE, quiet: Math.max(PACE.quiet, hangMs) };
  const running = await Promise.all(
    witnesses.map((versions) =>
      startWitness({ address, transport, versions, hangMs }, (lines) => findings.add(lines))
    ),
  );
  await delay(pace.warmUp);
  const before = await suspect?.look();
  const watching = new AbortController();
  const watched = watch(suspect, findings, watching.signal);
  const { played, recent } = await playOrder(order, findings.over);
  const after = before && await settled(suspect!, before, findings, pace.quiet);
  watching.abort();
  await watched;
  const testimonies = await Promise.all(running.map((witness) => witness.stop()));
  for (const { findings: more } of testimonies) findings.add(more);
  return {
    findings: findings.lines,
    played,
    cases: recent.cases,
    witness: together(testimonies),
    resident: [before?.resident ?? NaN, after?.resident ?? NaN],
  };
}

/** What several witnesses measured: counts are added, of times the longest counts. */
function together(testimonies: readonly Testimony[]): Measured {
  const all: Measured = {};
  for (const { measured } of testimonies) {
    for (const [name, value] of Object.entries(measured)) {
      const before = all[name] ?? 0;
      const isCount = name === "sent" || name === "received";
      all[name] = isCount ? before + value : Math.max(before, value);
    }
  }
  return all;
}

async function playOrder(order: Order, over: AbortSignal) {
  const recent = new Recent(KEPT);
  const next = () => {
    const one = order.next();
    if (one !== undefined) recent.add(one);
    return one;
  };
  const played = await playAll(order.address, order.lanes ?? LANES, next, over);
  return { played, recent };
}

/** Looks at the log, and whether the process lives, until the signal fires. */
async function watch(
  suspect: Observed | undefined,
  findings: Findings,
  signal: AbortSignal,
): Promise<void> {
  if (suspect === undefined) return;
  while (!signal.aborted) {
    findings.add(faultsIn(suspect.newLines()));
    if (suspect.ending !== undefined) {
      return findings.add([`the broker ended with exit code ${suspect.ending}`]);
    }
    await delay(LOOK_EVERY_MS);
  }
}

/** Waits until what the others left is gone; what has not gone is a finding. */
async function settled(
  suspect: Observed,
  before: Counted,
  findings: Findings,
  quiet: number,
): Promise<Counted | undefined> {
  const deadline = performance.now() + quiet;
  try {
    while (!findings.over.aborted) {
      const after = await suspect.look();
      const left = leftBehind(before, after);
      if (left.length === 0) return after;
      if (performance.now() > deadline) findings.add(left);
      await delay(QUIET_STEP_MS);
    }
  } catch (cause) {
    findings.add([`the broker cannot be asked how it does: ${messageOf(cause)}`]);
  }
  return undefined;
}

/** The testimony in one line. */
export function witnessLine(measured: Testimony["measured"]): string {
  const { sent, received, p50, p99, max, entry } = measured;
  const ms = (time = NaN) => (time / 1000).toFixed(1);
  return `the witnesses: ${received} of ${sent} messages came, median ${ms(p50)} ms, p99 ${
    ms(p99)
  } ms, longest ${ms(max)} ms; longest wait of a new client ${(entry ?? NaN).toFixed(1)} ms`;
}
