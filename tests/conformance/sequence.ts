/**
 * What a conformance sequence is: a titled exchange of bytes with a broker that proves one or more
 * normative statements. The files in sequences/ make them, conformance_test.ts and run.ts run them.
 * Invariant: a sequence knows the broker only through its Stage, and its ids and topics are its own.
 */
import type { Stage } from "./stage.ts";

/** What a sequence needs beyond an address that accepts everybody. */
export type Need = "websocket" | "login" | "deniedTopic";

/** One exchange with a broker; `run` throws where the broker breaks a statement. */
export interface Sequence {
  /** The statements it proves, the nearest first. */
  ids: string[];
  title: string;
  run: (stage: Stage) => Promise<void>;
  needs?: Need;
  /** Takes seconds of real time; run beside others. */
  slow?: boolean;
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
  options: { needs?: Need; slow?: boolean } = {},
): Sequence {
  return { ids: numbers.split(" ").map((number) => `MQTT-${number}`), title, run, ...options };
}

/** The name under which a sequence is run and reported: its first id, then its title. */
export function nameOf(sequence: Sequence): string {
  return `[${sequence.ids[0]}] ${sequence.title}`;
}
