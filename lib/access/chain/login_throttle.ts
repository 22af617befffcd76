/**
 * Slows down who guesses passwords. Invariants: after five failures within a minute from one network for one
 * username, that pair's wrong answers are delayed, one second doubling to thirty, also those that come all at once, and
 * no other pair's; keys have a fixed size, and the memory is bounded and swept, the oldest pairs first.
 */
import { BoundedMap } from "../../bounded_map.ts";
import { fixedKey } from "../../fixed_key.ts";
import { networkOf } from "../../network.ts";

const FREE_FAILURES = 5;
const WINDOW_MS = 60_000;
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 30_000;
const MAX_PAIRS = 10_000;

interface Failures {
  count: number;
  underWay: number;
  since: number;
  last: number;
}

/** A network and a username, as a key of at most 64 characters. */
export function pairOf(address: string, username: string): string {
  return fixedKey(`${networkOf(address)} ${username}`);
}

function delayBehind(failures: number): number {
  if (failures < FREE_FAILURES) return 0;
  const doublings = Math.min(failures - FREE_FAILURES, 5);
  return Math.min(FIRST_DELAY_MS * 2 ** doublings, LONGEST_DELAY_MS);
}

/** Counts failures by network and username; times are milliseconds of a clock that never goes back. */
export class LoginThrottle {
  readonly #failures = new BoundedMap<string, Failures>(MAX_PAIRS);

  /** Pairs that are remembered. */
  get size(): number {
    return this.#failures.size;
  }

  /**
   * How long the answer to this pair has to wait, milliseconds. Logins under way count only once enough have failed:
   * a fleet that comes back at once, with one username behind one address, has done nothing wrong.
   */
  delay(pair: string, now: number): number {
    const { count = 0, underWay = 0 } = this.#recent(pair, now) ?? {};
    return count < FREE_FAILURES ? 0 : delayBehind(count + underWay);
  }

  /** A login of this pair is being decided: it counts as failed until {@link ended}. */
  began(pair: string, now: number): void {
    const known = this.#recent(pair, now);
    if (known !== undefined) known.underWay++;
    else this.#failures.set(pair, { count: 0, underWay: 1, since: now, last: now });
  }

  /** It is decided, or given up. */
  ended(pair: string): void {
    const failures = this.#failures.get(pair);
    if (failures === undefined || failures.underWay === 0) return;
    failures.underWay--;
    if (failures.underWay + failures.count === 0) this.#failures.delete(pair);
  }

  /**
   * A login of this pair was refused.
   * @returns how long its answer has to wait from its arrival on, milliseconds, for the failures before it: those that
   * came at the same time are among them
   */
  failed(pair: string, now: number): number {
    const { count = 0, underWay = 0, since = now } = this.#recent(pair, now) ?? {};
    this.#failures.set(pair, { count: count + 1, underWay, since, last: now });
    return delayBehind(count);
  }

  /** A login of this pair was let in: the failures before it are forgotten. */
  succeeded(pair: string): void {
    const failures = this.#failures.get(pair);
    if (failures === undefined) return;
    failures.count = 0;
    if (failures.underWay === 0) this.#failures.delete(pair);
  }

  /** Forgets pairs at peace, the oldest first, as long as it finds any. */
  sweep(now: number): void {
    for (let oldest = this.#failures.oldest; oldest !== undefined; oldest = this.#failures.oldest) {
      const [pair, { last }] = oldest;
      if (now - last <= WINDOW_MS) return;
      this.#failures.delete(pair);
    }
  }

  /** Below the threshold the window runs from the first failure, above it from the last. */
  #recent(pair: string, now: number): Failures | undefined {
    const failures = this.#failures.get(pair);
    if (failures === undefined) return undefined;
    const from = failures.count < FREE_FAILURES ? failures.since : failures.last;
    if (now - from <= WINDOW_MS) return failures;
    failures.count = 0;
    failures.since = now;
    if (failures.underWay > 0) return failures;
    this.#failures.delete(pair);
    return undefined;
  }
}
