/**
 * Names, payloads and numbers of the fuzzer's clients, whatever version they speak. Invariant: names are few, so that
 * sessions meet each other again.
 */
import type { Random } from "../support/random.ts";

export const CLIENT_IDS = ["", ...Array.from({ length: 12 }, (_, i) => `fuzz${i}`)];
export const TOPICS = [
  "a",
  "a/b",
  "a/b/c",
  "/",
  "/a",
  "a//b",
  "ü/x",
  "$a/b",
  "a".repeat(200),
  "b/c",
];
export const FILTERS = [
  ...TOPICS,
  "#",
  "+",
  "+/b",
  "a/+/c",
  "a/#",
  "+/+/#",
  "$share/g/a/b",
  "$share/g/#",
  "$share/h/+",
  "$SYS/#",
  "$SYS/broker/+",
];
export const PACKET_IDS = [1, 2, 3, 7, 255, 256, 65_535];
export const KEEP_ALIVES = [0, 1, 10, 60, 65_535];

/** Mostly short; sometimes longer than a read, rarely longer than a packet may be. */
export function payloadOf(random: Random): Uint8Array {
  if (random.oneIn(400)) return new Uint8Array(1_200_000);
  if (random.oneIn(40)) return new Uint8Array(1 + random.below(100_000));
  return random.bytes(random.oneIn(8) ? 2000 : 40);
}

/** Topic of a PUBLISH: one of the few, seldom one that was not seen before. */
export function topicOf(random: Random): string {
  return random.oneIn(5) ? `n/${random.below(100_000)}` : random.pick(TOPICS);
}
