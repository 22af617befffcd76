/**
 * What a conformance sequence is: a titled exchange of bytes with a broker that proves one or more
 * normative statements. The files in sequences/ make them, conformance_test.ts and run.ts run them.
 * Invariant: a sequence knows the broker only through its Stage, and its ids and topics are its own.
 */
import type { ClientStage } from "./client_stage.ts";
import type { Stage } from "./stage.ts";

/** What a sequence needs beyond an address that accepts everybody. */
export type Need = "websocket" | "login" | "deniedTopic" | "limited" | "scram";

/** What is reported of a sequence. */
export interface Titled {
  /** The statements it proves, the nearest first. */
  ids: string[];
  title: string;
  /** What brokers usually do and no statement asks for: it counts for none, passed or not. */
  habit?: boolean;
}

/** One exchange with a broker; `run` throws where the broker breaks a statement. */
export interface Sequence extends Titled {
  run: (stage: Stage) => Promise<void>;
  needs?: Need;
  /** Takes seconds of real time; run beside others. */
  slow?: boolean;
}

/** One exchange with Midge's client, in which the sequence is the broker. */
export interface ClientSequence extends Titled {
  run: (stage: ClientStage) => Promise<void>;
}

/** Thrown by a sequence that meets a broker's permitted choice under which it has nothing to prove. */
export class Skip extends Error {
  override name = "Skip";
}

/** Makes a sequence; `numbers` are statement numbers with spaces between, `"3.1.0-1 4.8.0-1"`. */
export function sequence(
  numbers: string,
  title: string,
  run: (stage: Stage) => Promise<void>,
  options: { needs?: Need; slow?: boolean; habit?: boolean } = {},
): Sequence {
  return { ids: idsOf(numbers), title, run, ...options };
}

/** Makes a sequence for the client. */
export function clientSequence(
  numbers: string,
  title: string,
  run: (stage: ClientStage) => Promise<void>,
): ClientSequence {
  return { ids: idsOf(numbers), title, run };
}

function idsOf(numbers: string): string[] {
  return numbers.split(" ").map((number) => `MQTT-${number}`);
}

/** The name under which a sequence is run and reported: its first id, then its title. */
export function nameOf(sequence: Titled): string {
  return `[${sequence.ids[0]}] ${sequence.title}`;
}
