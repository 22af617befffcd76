/**
 * What all connections of a broker have waiting to be written, and whom a publisher should wait for. One per broker;
 * Outbound counts into it. Invariants: `used` is the sum of all backlogs; a publisher waits for all whom its message
 * has filled up together, and only so long in all that others cannot stop it.
 */
import { withDeadline } from "../wait.ts";

/** What a publisher may lose to subscribers that stay full, at once and for each millisecond that passes. */
const MOST_LOST_MS = 1000;
const LOST_SHARE = 1 / 10;

/** Something that fills up, and that a publisher can wait for. */
export interface Pressed {
  /** A publisher has waited already; until there is room the next ones do not. */
  isImpatient: boolean;
  /** How long a publisher waits, milliseconds. */
  readonly patience: number;
  /** Resolves when there is room again, or no one left to wait for. */
  whenRoom(): Promise<void>;
}

/** What all connections of a broker have waiting together. */
export class WriteBudget {
  used = 0;
  readonly limit: number;
  /** Those for whom a delivery used more than half of what they may have waiting; undefined: none. */
  pressed: Set<Pressed> | undefined;

  /** @param limit bytes, Infinity for none */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** A delivery has filled this one up; its publisher may wait for it. */
  press(one: Pressed): void {
    (this.pressed ??= new Set()).add(one);
  }
}

/** How long one publisher has waited for subscribers that had no room after all. */
export class Patience {
  readonly #now: () => number;
  /** Milliseconds that it may still lose. */
  #left = MOST_LOST_MS;
  #countedAt: number;

  /** @param now milliseconds of a monotonic clock */
  constructor(now: () => number) {
    this.#now = now;
    this.#countedAt = now();
  }

  /** Waits for all of them until one deadline, once; after that their messages are dropped or queued. */
  async waitFor(pressed: ReadonlySet<Pressed>): Promise<void> {
    let longest = 0;
    const rooms: Promise<void>[] = [];
    for (const one of pressed) {
      one.isImpatient = true;
      longest = Math.max(longest, one.patience);
      rooms.push(one.whenRoom());
    }
    const from = this.#now();
    const earned = (from - this.#countedAt) * LOST_SHARE;
    this.#left = Math.min(MOST_LOST_MS, this.#left + earned);
    this.#countedAt = from;
    if (this.#left < longest) return;
    await withDeadline(Promise.all(rooms), longest);
    const lasted = this.#now() - from;
    if (lasted > longest / 2) this.#left -= lasted; // who makes room soon is only busy
  }
}
