/**
 * How often one may try to log in. Invariants: a try is counted before it is looked at, so that those at the same time
 * count too; one that was right counts for nothing; what is remembered is bounded.
 */
import { BoundedMap, fixedKey, networkOf, type Rate, TokenBucket } from "../../manage.ts";
import type { Clock } from "../../plugin.ts";

const MAX_KEPT = 10_000;
/** Of one address, or network of IPv6. */
const OF_ADDRESS: Rate = { perSecond: 1 / 6, burst: 10 };
/** For one user, from anywhere. */
const FOR_USER: Rate = { perSecond: 1 / 6, burst: 30 };

/** Tries of one server. */
export class LoginTries {
  readonly #clock: Pick<Clock, "now">;
  readonly #buckets = new BoundedMap<string, TokenBucket>(MAX_KEPT);

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /**
   * Counts a try.
   * @param username undefined: it is one with a token
   * @returns seconds until it may be tried again; undefined: it may be now, and `right` takes it back
   */
  begin(address: string, username: string | undefined): { wait: number } | { right(): void } {
    const buckets = [this.#bucket(`address ${networkOf(address)}`, OF_ADDRESS)];
    if (username !== undefined) buckets.push(this.#bucket(`user ${fixedKey(username)}`, FOR_USER));
    const now = this.#clock.now();
    const wait = Math.max(...buckets.map((bucket) => bucket.wait(1, now)));
    if (wait > 0) return { wait: Math.ceil(wait / 1000) };
    for (const bucket of buckets) bucket.take(1, now);
    return {
      right: () => {
        for (const bucket of buckets) bucket.take(-1, this.#clock.now());
      },
    };
  }

  #bucket(key: string, rate: Rate): TokenBucket {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(rate);
    this.#buckets.set(key, bucket);
    return bucket;
  }
}
