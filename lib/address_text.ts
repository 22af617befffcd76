/** Internet addresses as text (RFC 5952). Invariant: one address has one text, whatever it was written as. */
import type { IpAddress } from "./cidr.ts";

/** `192.0.2.7`, `2001:db8::1`: small letters, the first of the longest runs of zero groups left out. */
export function addressText(address: IpAddress): string {
  const [first = 0] = address;
  if (address.length === 1) return octetsOf(first).join(".");
  const groups = address.flatMap((word) => [word >>> 16, word & 0xffff]);
  const { from, length } = longestZeros(groups);
  const texts = groups.map((group) => group.toString(16));
  if (length < 2) return texts.join(":");
  return `${texts.slice(0, from).join(":")}::${texts.slice(from + length).join(":")}`;
}

function octetsOf(word: number): number[] {
  return [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255];
}

function longestZeros(groups: readonly number[]): { from: number; length: number } {
  let best = { from: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { from: index + 1 - length, length };
  }
  return best;
}
