/** What the codec's fuzz tests share: random texts, damage, and a look at what comes of it. */
import { MalformedPacketError, ProtocolError } from "../../lib/wire/errors.ts";
import type { Packet, ProtocolLevel } from "../../lib/wire/packets.ts";
import type { Random } from "../support/random.ts";
import { bytes, toHex } from "../support/raw_packets.ts";
import { readAll } from "./support.ts";

const CHARACTERS = [
  "a",
  "Z",
  "/",
  "+",
  "#",
  "$",
  " ",
  "\u0001",
  "ü",
  "\ufeff",
  "\uffff",
  "\u{1F98B}",
];

/** Legal, and most often short. */
export function randomText(random: Random): string {
  const length = random.oneIn(20) ? 300 : 12;
  return random.list(0, length, () => random.pick(CHARACTERS)).join("");
}

/** The bytes with a few of them changed, doubled, cut out or cut off. */
export function damaged(random: Random, original: Uint8Array): Uint8Array {
  let data: Uint8Array = original.slice();
  for (let times = 1 + random.below(4); times > 0 && data.length > 0; times--) {
    const at = random.below(data.length);
    const kind = random.below(5);
    if (kind === 0) data[at] = random.below(256);
    else if (kind === 1) data[at]! ^= 1 << random.below(8);
    else if (kind === 2) data = bytes(data.subarray(0, at), random.bytes(4), data.subarray(at));
    else if (kind === 3) data = bytes(data.subarray(0, at), data.subarray(at + 1));
    else data = data.subarray(0, at);
  }
  return data;
}

/** Reads the stream; the codec's own errors are an answer, any other is passed on with the bytes. */
export function readHostile(stream: Uint8Array, level: ProtocolLevel = 4): Packet[] {
  try {
    return readAll(stream, level);
  } catch (error) {
    if (error instanceof MalformedPacketError || error instanceof ProtocolError) return [];
    throw new Error(`on ${toHex(stream, 200)}`, { cause: error });
  }
}
