/**
 * Slows down who guesses passwords. Invariants: after five failures within a minute from one address for one
 * username, that pair's answers are delayed, one second doubling to thirty; no other pair is; the memory is
 * bounded, the oldest pairs go first.
 */
import { BoundedMap } from "../../bounded_map.ts";

const FREE_FAILURES = 5;
const WINDOW_MS = 60_000;
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 30_000;
const MAX_PAIRS = 10_000;

interface Failures {
  count: number;
  since: number;
  last: number;
}

/** Counts failures by address and username. */
export class LoginThrottle {
  readonly #failures = new BoundedMap<string, Failures>(MAX_PAIRS);

  /** How long the answer to this pair has to wait, milliseconds. */
  delay(address: string, username: string, now: number): number {
    const failures = this.#recent(key(address, username), now);
    if (failures === undefined || failures.count < FREE_FAILURES) return 0;
    const doublings = Math.min(failures.count - FREE_FAILURES, 5);
    return Math.min(FIRST_DELAY_MS * 2 ** doublings, LONGEST_DELAY_MS);
  }

  failed(address: string, username: string, now: number): void {
    const pair = key(address, username);
    const known = this.#recent(pair, now);
    const { count = 0, since = now } = known ?? {};
    this.#failures.set(pair, { count: count + 1, since, last: now });
  }

  succeeded(address: string, username: string): void {
    this.#failures.delete(key(address, username));
  }

  /** Below the threshold the window runs from the first failure, above it from the last. */
  #recent(pair: string, now: number): Failures | undefined {
    const failures = this.#failures.get(pair);
    if (failures === undefined) return undefined;
    const from = failures.count < FREE_FAILURES ? failures.since : failures.last;
    if (now - from <= WINDOW_MS) return failures;
    this.#failures.delete(pair);
    return undefined;
  }
}

function key(address: string, username: string): string {
  return `${address} ${username}`;
}
