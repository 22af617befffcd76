/**
 * Bounds how many wrong passwords one network can have looked at: as many at once as BURST, then RATE a second.
 * Invariants: a login under way counts as a failure until it is decided; logins that wait take turns by username, the
 * newest of each first; once failures have used up half, no one waits longer than {@link PATIENCE_MS}.
 */
import type { Clock } from "../../clock.ts";
import { TokenBucket } from "../../token_bucket.ts";
import type { Waiter } from "./requests.ts";

/** The longest that a login waits to be looked at, milliseconds. */
export const PATIENCE_MS = 2000;

const BURST = 60;
/** A second. */
const RATE = 5;
/** Logins of one network that may wait; of the username that has most, the oldest goes. */
const MAX_WAITING = 10_000;

interface Waiting {
  readonly resolve: (mayGoOn: boolean) => void;
  readonly until: number;
}

/** The failed logins of one network. */
export class FailureRate {
  readonly #clock: Pick<Clock, "now" | "after">;
  /** What is left, without what is under way. */
  readonly #left = new TokenBucket({ perSecond: RATE, burst: BURST });
  #underWay = 0;
  /** By username, in turn; no list is empty. */
  readonly #waiting = new Map<string, Waiting[]>();
  #waitingCount = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Pick<Clock, "now" | "after">) {
    this.#clock = clock;
  }

  /** Has it nothing to remember? */
  get isAtPeace(): boolean {
    const isFull = this.#left.isFull(this.#clock.now());
    return this.#underWay === 0 && this.#waiting.size === 0 && isFull;
  }

  /**
   * May this login be looked at? If so, its end is told by {@link ended}.
   * @param waiter its signal ends the wait, as false
   * @returns undefined: at once; false: too many have failed
   */
  begin(username: string, waiter: Waiter): undefined | Promise<boolean> {
    if (this.#waiting.size === 0 && this.#hasRoom) return void this.#underWay++;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const entry = { resolve, until: this.#clock.now() + PATIENCE_MS };
    const list = this.#waiting.get(username);
    if (list === undefined) this.#waiting.set(username, [entry]);
    else list.push(entry);
    if (++this.#waitingCount > MAX_WAITING) this.#turnOutOne();
    const leave = () => this.#leave(username, entry);
    waiter.signal.addEventListener("abort", leave, { once: true });
    this.#serve();
    return promise.finally(() => waiter.signal.removeEventListener("abort", leave));
  }

  /** A login that was looked at is decided, or given up. */
  ended(hasFailed: boolean): void {
    this.#underWay--;
    if (hasFailed) this.#left.take(1, this.#clock.now());
    if (this.#waiting.size > 0) this.#serve();
  }

  get #hasRoom(): boolean {
    return this.#left.tokens(this.#clock.now()) - this.#underWay >= 1;
  }

  #serve(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    while (this.#hasRoom) {
      const next = this.#takeNext();
      if (next === undefined) return;
      this.#underWay++;
      next.resolve(true);
    }
    const now = this.#clock.now();
    const first = this.#turnAway(now);
    if (this.#waiting.size === 0) return;
    const next = Math.ceil(this.#left.wait(1 + this.#underWay, now));
    const due = Math.max(1, Math.min(next, first - now));
    this.#cancelTimer = this.#clock.after(due, () => this.#serve());
  }

  #takeNext(): Waiting | undefined {
    for (const [username, list] of this.#waiting) {
      const entry = list.pop();
      this.#waitingCount--;
      this.#waiting.delete(username);
      if (list.length > 0) this.#waiting.set(username, list);
      return entry;
    }
    return undefined;
  }

  #leave(username: string, entry: Waiting): void {
    const list = this.#waiting.get(username) ?? [];
    const index = list.indexOf(entry);
    if (index < 0) return;
    list.splice(index, 1);
    if (list.length === 0) this.#waiting.delete(username);
    this.#refuse(entry);
    this.#serve();
  }

  #turnOutOne(): void {
    let longest: [string, Waiting[]] = ["", []];
    for (const one of this.#waiting) if (one[1].length > longest[1].length) longest = one;
    const [username, list] = longest;
    const oldest = list.shift();
    if (list.length === 0) this.#waiting.delete(username);
    if (oldest !== undefined) this.#refuse(oldest);
  }

  #refuse(entry: Waiting): void {
    this.#waitingCount--;
    entry.resolve(false);
  }

  /** Who has waited too long because of failures goes. @returns when the next would have */
  #turnAway(now: number): number {
    if (this.#left.tokens(now) > BURST / 2) return Infinity;
    let first = Infinity;
    for (const [username, list] of this.#waiting) {
      while (list[0] !== undefined && list[0].until <= now) this.#refuse(list.shift()!);
      if (list.length === 0) this.#waiting.delete(username);
      else first = Math.min(first, list[0]!.until);
    }
    return first;
  }
}
