/**
 * Plays sequences of MQTT 3.1.1 in MQTT 5: the same exchange, under the numbers that version 5 gives to what it proves.
 * Invariant: only sequences that speak through a stage's words and peers come here; raw bytes of 3.1.1 would be refused.
 */
import type { Sequence } from "./sequence.ts";

/** Numbers that changed. What version 5 states without a number goes to the nearest statement that has one. */
const NUMBERS: Readonly<Record<string, string>> = {
  "1.5.3-1": "1.5.4-1",
  "1.5.3-2": "1.5.4-2",
  "1.5.3-3": "1.5.4-3",
  "2.3.1-4": "2.2.1-4",
  "2.3.1-5": "2.2.1-2",
  "2.3.1-6": "2.2.1-5",
  "2.3.1-7": "2.2.1-6",
  "3.1.2-4": "3.1.2-5",
  "3.1.2-5": "3.1.2-23",
  "3.1.2-6": "3.1.2-4",
  "3.1.2-7": "3.3.1-5",
  "3.1.2-12": "3.1.2-10",
  "3.1.2-16": "3.1.2-14",
  "3.1.2-17": "3.1.2-15",
  "3.1.2-24": "3.1.2-22",
  "3.1.4-2": "3.1.4-3",
  "3.1.4-3": "3.1.4-4",
  "3.2.2-1": "3.2.2-2",
  "3.2.2-2": "3.2.2-3",
  "3.3.1-6": "3.3.1-9",
  "3.3.1-7": "3.3.1-5",
  "3.3.1-8": "3.3.1-9",
  "3.3.1-9": "3.3.1-12",
  "3.3.1-10": "3.3.1-6",
  "3.3.1-11": "3.3.1-7",
  "3.3.1-12": "3.3.1-8",
  "3.3.5-1": "3.3.4-2",
  "3.8.4-4": "3.8.4-5",
  "3.8.4-5": "3.8.4-6",
  "3.8.4-6": "3.8.4-8",
  "4.1.0-2": "4.1.0-1",
  "4.3.2-2": "4.3.2-4",
  "4.3.3-1": "4.3.3-4",
  "4.3.3-2": "4.3.3-10",
  "4.6.0-5": "4.6.0-6",
  "4.6.0-6": "4.6.0-5",
  "4.7.1-1": "4.7.0-1",
  "4.7.1-2": "4.7.1-1",
  "4.7.1-3": "4.7.1-2",
  "4.8.0-1": "4.13.1-1",
};

/** The sequence with the numbers of version 5. */
export function inVersion5(sequence: Sequence): Sequence {
  const ids = sequence.ids.map((id) => `MQTT-${NUMBERS[id.slice(5)] ?? id.slice(5)}`);
  return { ...sequence, ids: [...new Set(ids)] };
}
