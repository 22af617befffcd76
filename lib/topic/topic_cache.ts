/**
 * Topic names by their bytes: what the hot path asks instead of decoding, validating and matching.
 * Invariants: an entry's topic name was valid when the entry was made; the cache holds at most
 * as many entries as it was made for; when it is full one new name in eight comes in, and the oldest eighth goes; the
 * matches of all entries, also of those that only a caller still holds, have at most 16 receivers an entry in all, or
 * there is a single match.
 */
import { standsAt } from "../io.ts";

/** Longer names are matched every time: a few of them would pin megabytes. */
const MAX_CACHED_BYTES = 512;
/** Receivers of all matches together, by entries that there may be; each takes about 80 bytes. */
const RECEIVERS_AN_ENTRY = 16;
/** What a match without receivers counts for, its name included. */
const MATCH_COST = 8;
/**
 * A full cache takes in one new name of this many. Were it each, more names in turn than there is room for would all be
 * thrown out before they come again; so most of those that are here stay, and the others leave nothing behind.
 */
const ONE_OF = 8;

/** A topic name with what the broker knows about it. */
export class TopicEntry<Match> {
  readonly topicName: string;
  /** The name's UTF-8, a copy. */
  readonly bytes: Uint8Array;
  /** The subscription tree's generation that `match` was made in. */
  generation = -1;
  /** Set by {@link TopicCache.keep} alone. */
  match: Match | undefined = undefined;
  /** What `match` counts for. */
  cost = 0;
  /** Is it held on to? Else it is, once it was matched a second time: a caller keeps it. Set by the cache alone. */
  isKept = false;

  constructor(topicName: string, bytes: Uint8Array) {
    this.topicName = topicName;
    this.bytes = bytes;
  }

  /** Is it short enough to be held on to? */
  get isShort(): boolean {
    return this.bytes.length <= MAX_CACHED_BYTES;
  }

  /** Are these the bytes of this topic name? */
  equals(buffer: Uint8Array, start: number, end: number): boolean {
    return standsAt(this.bytes, buffer, start, end);
  }
}

/** Bytes of topic names to entries. */
export class TopicCache<Match> {
  readonly #entries = new Map<number, TopicEntry<Match>>();
  /** Entries that have a match, the oldest match first. */
  readonly #matched = new Set<TopicEntry<Match>>();
  #cost = 0;
  /** From the first time on that it is. */
  #wasFull = false;
  /** Of the numbers by which new names are taken in; never 0. */
  #random = 1;
  readonly #decode: (buffer: Uint8Array, start: number, end: number) => string;

  readonly #maxEntries: number;
  readonly #maxReceivers: number;

  /**
   * @param decode makes a valid topic name of bytes, or throws
   * @param maxEntries names at a time
   */
  constructor(
    decode: (buffer: Uint8Array, start: number, end: number) => string,
    maxEntries = 16_384,
  ) {
    this.#decode = decode;
    this.#maxEntries = maxEntries;
    this.#maxReceivers = maxEntries * RECEIVERS_AN_ENTRY;
  }

  /** The entry of the topic name in `buffer[start, end)`; throws what `decode` throws. */
  lookUp(buffer: Uint8Array, start: number, end: number): TopicEntry<Match> {
    const key = hash(buffer, start, end);
    const known = this.#entries.get(key);
    if (known !== undefined && known.equals(buffer, start, end)) return known;
    const entry = new TopicEntry<Match>(
      this.#decode(buffer, start, end),
      buffer.slice(start, end),
    );
    if (entry.isShort && (known !== undefined || this.#hasRoom())) {
      if (known !== undefined) this.#forget(known);
      entry.isKept = true;
      this.#entries.set(key, entry);
    }
    return entry;
  }

  /** Is there a place for a new name? Once it was full one of eight gets one, by chance: no order of names is left out. */
  #hasRoom(): boolean {
    if (!this.#wasFull && this.#entries.size < this.#maxEntries) return true;
    this.#wasFull = true;
    let x = this.#random; // xorshift
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#random = x;
    if ((x >>> 0) % ONE_OF !== 0) return false;
    if (this.#entries.size >= this.#maxEntries) this.#evict();
    return true;
  }

  /**
   * Keeps a match in its entry, unless the name is long; older matches go where there are too many receivers.
   * @param receivers how many the match has
   */
  keep(entry: TopicEntry<Match>, match: Match, generation: number, receivers: number): void {
    this.#forget(entry);
    if (!entry.isShort) return;
    if (!entry.isKept) return void (entry.isKept = true);
    entry.match = match;
    entry.generation = generation;
    entry.cost = receivers + MATCH_COST;
    this.#cost += entry.cost;
    this.#matched.add(entry);
    if (this.#cost > this.#maxReceivers) this.#forgetOldest(entry);
  }

  #evict(): void {
    let left = Math.ceil(this.#maxEntries / 8);
    for (const [key, entry] of this.#entries) {
      this.#entries.delete(key);
      this.#forget(entry);
      if (--left === 0) break;
    }
  }

  /** Down to seven eighths, so that the next matches have room; `spared` stays. */
  #forgetOldest(spared: TopicEntry<Match>): void {
    for (const entry of this.#matched) {
      if (this.#cost <= this.#maxReceivers * 7 / 8) return;
      if (entry !== spared) this.#forget(entry);
    }
  }

  #forget(entry: TopicEntry<Match>): void {
    if (!this.#matched.delete(entry)) return;
    this.#cost -= entry.cost;
    entry.match = undefined;
  }
}

/** FNV-1a, cut to the 30 bits that V8 keeps unboxed; exported for the test of collisions. */
export function hash(buffer: Uint8Array, start: number, end: number): number {
  let h = 0x811c9dc5;
  for (let i = start; i < end; i++) h = Math.imul(h ^ buffer[i]!, 0x01000193);
  return (h ^ (h >>> 15)) & 0x3fffffff;
}
