/**
 * Damage to what a client says: bytes of a packet, the order of packets, where writes end. Invariants: pure, and the
 * same for the same random source; what it is given is not changed.
 */
import type { Random } from "../support/random.ts";
import { bytes } from "../support/raw_packets.ts";
import { packetOf } from "./packets.ts";

/** One change of a packet's bytes. */
type Change = (random: Random, data: Uint8Array) => Uint8Array;

const REMARKABLE = [0, 1, 2, 0x7f, 0x80, 0xc0, 0xf4, 0xff];
const LENGTHS = [0, 1, 2, 0x7f, 0xff, 0x100, 0x7fff, 0xfffe, 0xffff];
/** Remaining lengths that lie: none, some, the most there is, one with five bytes, one that is too long by a byte. */
const REMAINING = [[0], [1], [0x7f], [0x80, 1], [0xff, 0xff, 0xff, 0x7f], [
  0xff,
  0xff,
  0xff,
  0xff,
  1,
], [0x82, 0]];

function inPlace(change: (random: Random, data: Uint8Array) => void): Change {
  return (random, data) => {
    const copy = data.slice();
    change(random, copy);
    return copy;
  };
}

/** A part of the data: where it begins and ends. */
function partOf(random: Random, data: Uint8Array): [number, number] {
  const start = random.below(data.length);
  return [start, start + 1 + random.below(Math.min(64, data.length - start))];
}

/** The changes by name. */
export const CHANGES: Readonly<Record<string, Change>> = {
  flip: inPlace((random, data) => data[random.below(data.length)]! ^= 1 << random.below(8)),
  set: inPlace((random, data) => data[random.below(data.length)] = random.pick(REMARKABLE)),
  fieldLength: inPlace((random, data) => {
    const at = random.below(data.length);
    const length = random.pick(LENGTHS);
    data[at] = length >> 8;
    if (at + 1 < data.length) data[at + 1] = length & 0xff;
  }),
  remainingLength: (random, data) =>
    bytes(
      data[0] ?? 0,
      Uint8Array.from(random.pick(REMAINING)),
      data.subarray(behindLength(data)),
    ),
  header: inPlace((random, data) => data[0] = random.below(256)),
  truncate: (random, data) => data.slice(0, random.below(data.length)),
  cut: (random, data) => {
    const [start, end] = partOf(random, data);
    return bytes(data.subarray(0, start), data.subarray(end));
  },
  double: (random, data) => {
    const [start, end] = partOf(random, data);
    return bytes(data.subarray(0, end), data.subarray(start));
  },
  insert: (random, data) => {
    const at = random.below(data.length + 1);
    return bytes(data.subarray(0, at), random.bytes(16), data.subarray(at));
  },
  splice: (random, data) => {
    const other = packetOf(random);
    const at = random.below(data.length + 1);
    return bytes(data.subarray(0, at), other.subarray(random.below(other.length + 1)));
  },
};

/** Where the body of a packet begins. */
function behindLength(data: Uint8Array): number {
  let at = 1;
  while (at < Math.min(5, data.length) && data[at]! > 127) at++;
  return at + 1;
}

const NAMES = Object.keys(CHANGES);

/** The bytes with one to four changes. */
export function damaged(random: Random, data: Uint8Array): Uint8Array {
  let changed = data;
  for (let left = 1 + random.below(4); left > 0 && changed.length > 0; left--) {
    changed = CHANGES[random.pick(NAMES)]!(random, changed);
  }
  return changed;
}

/** The packets in another order, some twice, some gone, some that belong elsewhere; CONNECT mostly stays first. */
function disordered(random: Random, packets: readonly Uint8Array[]): Uint8Array[] {
  const mixed = packets.slice();
  const first = random.oneIn(4) ? 0 : 1;
  for (let left = 1 + random.below(4); left > 0 && mixed.length > first; left--) {
    const at = first + random.below(mixed.length - first);
    const packet = mixed[at]!;
    const to = first + random.below(mixed.length - first + 1);
    switch (random.below(4)) {
      case 0:
        mixed.splice(at, 1);
        break;
      case 1:
        mixed.splice(to, 0, packet);
        break;
      case 2:
        mixed.splice(at, 1);
        mixed.splice(Math.min(to, mixed.length), 0, packet);
        break;
      default:
        mixed.splice(to, 0, packetOf(random));
    }
  }
  return mixed;
}

/** The packets with damage: in an eighth of all cases none, mostly behind a whole CONNECT. */
export function damagedSession(random: Random, packets: readonly Uint8Array[]): Uint8Array[] {
  if (random.oneIn(8)) return packets.slice();
  const changed = random.oneIn(2) ? disordered(random, packets) : packets.slice();
  for (let left = random.below(3); left > 0; left--) {
    const first = random.oneIn(4) ? 0 : 1;
    if (changed.length <= first) break;
    const at = first + random.below(changed.length - first);
    changed[at] = damaged(random, changed[at]!);
  }
  return changed;
}

/** The stream in writes: whole packets, all at once, byte by byte, or cut anywhere. */
export function cutIntoWrites(random: Random, packets: readonly Uint8Array[]): Uint8Array[] {
  const whole = bytes(...packets);
  switch (random.below(5)) {
    case 0:
      return [whole];
    case 1:
      if (whole.length <= 300) return Array.from(whole, (byte) => Uint8Array.of(byte));
      return cutAnywhere(random, whole);
    case 2:
      return cutAnywhere(random, whole);
    default:
      return packets.slice();
  }
}

/** Up to nine pieces. */
export function cutAnywhere(random: Random, whole: Uint8Array): Uint8Array[] {
  const ends = random.list(0, 8, () => random.below(whole.length + 1)).sort((a, b) => a - b);
  let start = 0;
  return [...ends, whole.length].map((end) => {
    const piece = whole.subarray(start, end);
    start = end;
    return piece;
  });
}
