/**
 * A rate for each network that asks: an IPv4 address, or a /64 of IPv6. Invariants: the memory is bounded, and what is
 * at rest is forgotten first; one network's asking takes nothing from another's rate.
 */
import { BoundedMap } from "./bounded_map.ts";
import { networkOf } from "./network.ts";
import { type Rate, TokenBucket } from "./token_bucket.ts";

const MAX_NETWORKS = 16_384;
/** Networks at rest that one question forgets: more than it adds. */
const FORGOTTEN = 2;

/** What a network hears: it may; it may not, for the first time since it last might; it may not, still. */
export type RateAnswer = "granted" | "denied" | "still denied";

interface Entry {
  readonly bucket: TokenBucket;
  isDenied: boolean;
}

/** The networks of one rate. */
export class NetworkRates {
  readonly #rate: Rate;
  readonly #entries = new BoundedMap<string, Entry>(MAX_NETWORKS);

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Networks that are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  /** Takes one of the rate of the address's network. @param now milliseconds of a clock that never goes back */
  take(address: string, now: number): RateAnswer {
    this.#forget(now);
    const network = networkOf(address);
    const known = this.#entries.get(network);
    const entry = known ?? { bucket: new TokenBucket(this.#rate), isDenied: false };
    this.#entries.set(network, entry); // who asks is not the next to be forgotten
    if (entry.bucket.isFull(now)) entry.isDenied = false;
    if (entry.bucket.tryTake(now)) return "granted";
    const answer = entry.isDenied ? "still denied" : "denied";
    entry.isDenied = true;
    return answer;
  }

  #forget(now: number): void {
    for (let i = 0; i < FORGOTTEN; i++) {
      const { oldest } = this.#entries;
      if (oldest === undefined || !oldest[1].bucket.isFull(now)) return;
      this.#entries.delete(oldest[0]);
    }
  }
}
