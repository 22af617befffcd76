/**
 * What messages carry: topic, number, and filling that follows from both. Invariant: a payload that came can be compared
 * with what was sent, byte for byte, by its own first words.
 */
import { keyOf, type Mark } from "./history.ts";

/** Most messages are short, one in 64 has some KB. */
function sizeOf(sequence: number): number {
  return sequence % 64 === 63 ? 1000 + sequence % 15_000 : sequence * 37 % 180;
}

/** ASCII text. */
export function payloadOf(mark: Mark): string {
  const key = keyOf(mark);
  return `${key} ${`${key}.`.repeat(sizeOf(mark.sequence) / key.length)}`;
}

/** The number in a payload of this topic; undefined: no one has sent such a payload. */
export function sequenceOf(topic: string, payload: string): number | undefined {
  const sequence = Number(/#(\d+) /.exec(payload)?.[1]);
  return payload === payloadOf({ topic, sequence }) ? sequence : undefined;
}
