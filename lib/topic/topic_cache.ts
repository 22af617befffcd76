/**
 * Topic names by their bytes: what the hot path asks instead of decoding, validating and matching.
 * Invariants: an entry's topic name was valid when the entry was made; the cache holds at most
 * MAX_ENTRIES, and the oldest eighth goes when it is full.
 */

const MAX_ENTRIES = 16_384;
/** Longer names are matched every time: a few of them would pin megabytes. */
const MAX_CACHED_BYTES = 512;

/** A topic name with what the broker knows about it. */
export class TopicEntry<Match> {
  readonly topicName: string;
  /** The name's UTF-8, a copy. */
  readonly bytes: Uint8Array;
  /** The subscription tree's generation that `match` was made in. */
  generation = -1;
  match: Match | undefined = undefined;

  constructor(topicName: string, bytes: Uint8Array) {
    this.topicName = topicName;
    this.bytes = bytes;
  }

  /** Are these the bytes of this topic name? */
  equals(buffer: Uint8Array, start: number, end: number): boolean {
    const bytes = this.bytes;
    if (end - start !== bytes.length) return false;
    // From the end: names of one family differ in their last levels.
    for (let i = bytes.length - 1, at = end - 1; i >= 0; i--, at--) {
      if (bytes[i] !== buffer[at]) return false;
    }
    return true;
  }
}

/** Bytes of topic names to entries. */
export class TopicCache<Match> {
  readonly #entries = new Map<number, TopicEntry<Match>>();
  readonly #decode: (buffer: Uint8Array, start: number, end: number) => string;

  /** @param decode makes a valid topic name of bytes, or throws */
  constructor(decode: (buffer: Uint8Array, start: number, end: number) => string) {
    this.#decode = decode;
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
    if (end - start <= MAX_CACHED_BYTES) {
      if (this.#entries.size >= MAX_ENTRIES) this.#evict();
      this.#entries.set(key, entry);
    }
    return entry;
  }

  #evict(): void {
    let left = MAX_ENTRIES / 8;
    for (const key of this.#entries.keys()) {
      this.#entries.delete(key);
      if (--left === 0) break;
    }
  }
}

/** FNV-1a, cut to the 30 bits that V8 keeps unboxed; exported for the test of collisions. */
export function hash(buffer: Uint8Array, start: number, end: number): number {
  let h = 0x811c9dc5;
  for (let i = start; i < end; i++) h = Math.imul(h ^ buffer[i]!, 0x01000193);
  return (h ^ (h >>> 15)) & 0x3fffffff;
}
