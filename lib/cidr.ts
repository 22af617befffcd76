/**
 * Internet addresses and networks, of access rules and listeners. A malformed network is an error when it is
 * read; an address that is none matches nothing.
 *
 * Invariant: `::ffff:a.b.c.d` is the same as `a.b.c.d`, in peers' addresses and in rules; an IPv4
 * network holds no other IPv6 address, and the other way round.
 */

import { addressText } from "./address_text.ts";

/** An address as 32-bit words, unsigned, the most significant first: one for IPv4, four for IPv6. */
export type IpAddress = readonly number[];

/** A range of addresses with a common prefix. */
export interface Network {
  /** With every bit behind the prefix 0. */
  readonly base: IpAddress;
  /** 0 to 32, or 0 to 128. */
  readonly prefixLength: number;
}

/** Reads an address as sockets report it, a zone (`%eth0`) left out; undefined when it is none. */
export function parseAddress(text: string): IpAddress | undefined {
  const zone = text.indexOf("%");
  const bare = zone < 0 ? text : text.slice(0, zone);
  return bare.includes(":") ? unmapped(parseIpv6(bare)) : parseIpv4(bare);
}

/**
 * Reads `address` or `address/prefix length`; bits behind the prefix do not count (`10.1.2.3/8` is
 * `10.0.0.0/8`). Undefined when it is malformed: parts missing, out of range, with leading zeros.
 */
export function parseNetwork(text: string): Network | undefined {
  if (text.includes("%")) return undefined;
  const slash = text.indexOf("/");
  const host = slash < 0 ? text : text.slice(0, slash);
  const words = host.includes(":") ? parseIpv6(host) : parseIpv4(host);
  if (words === undefined) return undefined;
  const bits = words.length * 32;
  const prefixLength = slash < 0 ? bits : parseDecimal(text.slice(slash + 1), bits);
  return prefixLength === undefined ? undefined : networkOf(words, prefixLength);
}

/** Is the address within the network? */
export function networkContains(network: Network, address: IpAddress): boolean {
  if (address.length !== network.base.length) return false;
  return network.base.every((word, index) =>
    word === maskWord(address[index]!, network.prefixLength - 32 * index)
  );
}

/** Is this the text of an address that is within one of the networks? */
export function isWithin(text: string, networks: readonly Network[]): boolean {
  const address = parseAddress(text);
  return address !== undefined && networks.some((network) => networkContains(network, address));
}

/** The address with every bit behind the prefix 0. */
export function maskAddress(address: IpAddress, prefixLength: number): IpAddress {
  return address.map((word, index) => maskWord(word, prefixLength - 32 * index));
}

/** The address as people write it, `::ffff:` taken off; any other text is given back as it is. */
export function plainAddress(text: string): string {
  if (!text.toLowerCase().startsWith("::ffff:")) return text;
  const words = parseAddress(text);
  return words?.length === 1 ? addressText(words) : text;
}

/** The network as people write it: `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/64`. */
export function showNetwork({ base, prefixLength }: Network): string {
  const address = addressText(base);
  return prefixLength === base.length * 32 ? address : `${address}/${prefixLength}`;
}

function networkOf(words: IpAddress, prefixLength: number): Network {
  const mapped = prefixLength >= 96 ? unmapped(words)! : words;
  const length = mapped.length < words.length ? prefixLength - 96 : prefixLength;
  return { base: maskAddress(mapped, length), prefixLength: length };
}

/** The first `bits` bits of a word; all of it for 32 and more, none for 0 and less. */
function maskWord(word: number, bits: number): number {
  if (bits >= 32) return word;
  return bits <= 0 ? 0 : (word & (-1 << (32 - bits))) >>> 0;
}

/** IPv4 inside `::ffff:0:0/96` as IPv4. */
function unmapped(words: IpAddress | undefined): IpAddress | undefined {
  const isMapped = words?.length === 4 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
  return isMapped ? [words[3]!] : words;
}

function parseIpv4(text: string): IpAddress | undefined {
  const parts = text.split(".", 5);
  if (parts.length !== 4) return undefined;
  let word = 0;
  for (const part of parts) {
    const octet = parseDecimal(part, 255);
    if (octet === undefined) return undefined;
    word = word * 256 + octet;
  }
  return [word];
}

/** A number of up to three digits without leading zeros (which some read as octal). */
function parseDecimal(text: string, most: number): number | undefined {
  if (!/^(?:0|[1-9]\d{0,2})$/.test(text)) return undefined;
  const value = Number(text);
  return value <= most ? value : undefined;
}

function parseIpv6(text: string): IpAddress | undefined {
  const halves = text.split("::", 3);
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return [0, 2, 4, 6].map((at) => groups[at]! * 65_536 + groups[at + 1]!);
}

/** Groups of 16 bits between colons; the last may be an IPv4 address, which is two of them. */
function parseGroups(text: string, isEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":", 9);
  for (const [index, part] of parts.entries()) {
    const word = isEnd && index === parts.length - 1 ? parseIpv4(part)?.[0] : undefined;
    if (word !== undefined) groups.push(word >>> 16, word & 0xffff);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(parseInt(part, 16));
    else return undefined;
  }
  return groups;
}
