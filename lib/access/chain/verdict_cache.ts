/**
 * A client's remembered authorizations: EMQ X's ACL cache. One per connection, made on first use. Invariants: at
 * most `maxSize` entries, the oldest goes first, and none for a topic that is very long; an entry is as good as new until `ttl` has passed, and
 * then gone; a hit does not make it younger.
 */
import type { QoS } from "../../wire/packets.ts";
import type { Ruling } from "./walk.ts";
import { BoundedMap } from "../../bounded_map.ts";

/** A ruling and how long it holds, on the clock of the one who asked; -Infinity for this question only. */
export interface CachedRuling extends Ruling {
  readonly until: number;
}

/** A longer topic is asked about every time: 32 of 64 KiB would be megabytes a client. */
const LONGEST_KEY = 1024;

/** What a verdict depends on, as a key. */
export function verdictKey(
  action: "publish" | "subscribe",
  topic: string,
  qos: QoS,
  retain: boolean,
): string {
  return `${action === "publish" ? "p" : "s"}${qos}${retain ? "r" : "-"}${topic}`;
}

/** First in, first out, with an age limit. */
export class VerdictCache {
  readonly #maxSize: number;
  readonly #ttl: number;
  readonly #entries: BoundedMap<string, CachedRuling>;

  /** @param ttl milliseconds */
  constructor(maxSize: number, ttl: number) {
    this.#maxSize = maxSize;
    this.#ttl = ttl;
    this.#entries = new BoundedMap(maxSize);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The remembered verdict, unless it is too old at `now`. */
  get(key: string, now: number): CachedRuling | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (now < entry.until) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  /** Remembers a ruling made at `now`, unless its source had failed. */
  set(key: string, ruling: Ruling, now: number): CachedRuling {
    if (this.#maxSize === 0 || ruling.failed || key.length > LONGEST_KEY) {
      return { ...ruling, until: -Infinity };
    }
    const entry = { ...ruling, until: now + this.#ttl };
    this.#entries.set(key, entry);
    return entry;
  }

  clear(): void {
    this.#entries.clear();
  }
}
