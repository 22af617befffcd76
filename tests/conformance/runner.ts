/**
 * Runs sequences against one broker, several at a time. Called by run.ts. Invariant: a sequence that
 * throws is a result, never an error of the run; each has its own Stage and a deadline.
 */
import { within } from "../support/raw_client.ts";
import {
  type ClientSequence,
  nameOf,
  type Need,
  type Sequence,
  Skip,
  type Titled,
} from "./sequence.ts";
import { Stage, type Target } from "./stage.ts";
import type { Version } from "./words.ts";

/** What became of one sequence. `why` says what broke, or why it was skipped. */
export interface Outcome {
  sequence: Titled;
  status: "pass" | "fail" | "skip";
  why?: string;
}

/** Milliseconds a whole sequence may take. */
const SEQUENCE_DEADLINE_MS = 600_000;

const NEEDS: Record<Need, string> = {
  websocket: "the broker's WebSocket address was not given",
  login: "no user name with a password was given",
  deniedTopic: "no topic that the broker denies was given",
  scram: "no user that logs in by SCRAM was given",
  limited: "no broker without retained messages was given",
};

/** Runs one sequence on a stage of its own. */
export async function play(
  sequence: Sequence,
  target: Target,
  version: Version,
): Promise<Outcome> {
  if (sequence.needs && target[sequence.needs] === undefined) {
    return { sequence, status: "skip", why: NEEDS[sequence.needs] };
  }
  const stage = new Stage(target, version);
  return await outcomeOf(sequence, () => sequence.run(stage), () => stage.dispose());
}

/** Runs all sequences, `width` at a time and the slow ones first; outcomes are in their order. */
export async function playAll(
  sequences: readonly Sequence[],
  version: Version,
  targetOf: (sequence: Sequence) => Target,
  width = 16,
): Promise<Outcome[]> {
  const outcomes = new Map<Sequence, Outcome>();
  const waiting = sequences.toSorted((a, b) => Number(b.slow ?? false) - Number(a.slow ?? false));
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      outcomes.set(next, await play(next, targetOf(next), version));
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return sequences.map((sequence) => outcomes.get(sequence)!);
}

/** Runs the sequences for Midge's client, one after the other. */
export async function playClient(sequences: readonly ClientSequence[]): Promise<Outcome[]> {
  const { ClientStage } = await import("./client_stage.ts"); // late: it loads Midge's client
  const outcomes: Outcome[] = [];
  for (const sequence of sequences) {
    const stage = new ClientStage();
    outcomes.push(await outcomeOf(sequence, () => sequence.run(stage), () => stage.dispose()));
  }
  return outcomes;
}

async function outcomeOf(
  sequence: Titled,
  run: () => Promise<void>,
  dispose: () => Promise<void>,
): Promise<Outcome> {
  try {
    await within(run().finally(dispose), nameOf(sequence), SEQUENCE_DEADLINE_MS);
    return { sequence, status: "pass" };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { sequence, status: error instanceof Skip ? "skip" : "fail", why };
  }
}
