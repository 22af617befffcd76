/**
 * Runs sequences against one broker, several at a time. Called by run.ts. Invariant: a sequence that
 * throws is a result, never an error of the run; each has its own Stage and a deadline.
 */
import { within } from "../support/raw_client.ts";
import { nameOf, type Need, type Sequence, Skip } from "./sequence.ts";
import { Stage, type Target } from "./stage.ts";

/** What became of one sequence. `why` says what broke, or why it was skipped. */
export interface Outcome {
  sequence: Sequence;
  status: "pass" | "fail" | "skip";
  why?: string;
}

/** Milliseconds a whole sequence may take. */
const SEQUENCE_DEADLINE_MS = 60_000;

const NEEDS: Record<Need, string> = {
  websocket: "the broker's WebSocket address was not given",
  login: "no user name with a password was given",
  deniedTopic: "no topic that the broker denies was given",
};

/** Runs one sequence on a stage of its own. */
export async function play(sequence: Sequence, target: Target): Promise<Outcome> {
  if (sequence.needs && target[sequence.needs] === undefined) {
    return { sequence, status: "skip", why: NEEDS[sequence.needs] };
  }
  const stage = new Stage(target);
  try {
    await within(sequence.run(stage), nameOf(sequence), SEQUENCE_DEADLINE_MS);
    return { sequence, status: "pass" };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { sequence, status: error instanceof Skip ? "skip" : "fail", why };
  } finally {
    await stage.dispose();
  }
}

/** Runs all sequences, `width` at a time and the slow ones first; outcomes are in their order. */
export async function playAll(
  sequences: readonly Sequence[],
  target: Target,
  width = 16,
): Promise<Outcome[]> {
  const outcomes = new Map<Sequence, Outcome>();
  const waiting = sequences.toSorted((a, b) => Number(b.slow ?? false) - Number(a.slow ?? false));
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      outcomes.set(next, await play(next, target));
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return sequences.map((sequence) => outcomes.get(sequence)!);
}
