/**
 * Fairness: a socket that always has data is served from microtasks and would starve timers, new connections and quiet
 * clients. After SLICE_MS of work a connection pauses, between two reads or within one, until sockets and timers were looked
 * at. One per broker. Invariants: all who wait go on together; the clock is read once in STEPS steps.
 */
import { setImmediate } from "node:timers";

const WORK_MS = 2;
/** A pause costs 0.3 ms of work, so shorter slices would be felt where one message goes to many. */
const SLICE_MS = 8;
/** Steps between two looks at the clock: a frame, a receiver, a filter is one. */
const STEPS = 64;
/**
 * Rounds of the event loop that a pause takes: while there is anything to run, Deno's runtime looks at sockets and
 * timers only in every 61st. This number takes 0.3 ms; a timer of 0 ms takes more than 2.
 */
const ROUNDS = 70;

/** Measures work between pauses and pauses. */
export class Turn {
  /** How much work in one piece, milliseconds. */
  readonly sliceMs: number;
  readonly #workMs: number;
  readonly #now: () => number;
  #pausedAt: number;
  #pause: Promise<void> | undefined;
  #steps = 0;
  #isProbing = false;

  /**
   * @param now milliseconds of a monotonic clock
   * @param workMs how much work before a pause; a client, which has one connection, can afford more
   */
  constructor(now: () => number, workMs = WORK_MS) {
    this.#now = now;
    this.#workMs = workMs;
    this.sliceMs = Math.max(workMs, SLICE_MS);
    this.#pausedAt = now();
  }

  /** Has there been so much work that others should have their turn? */
  get isOver(): boolean {
    return this.#pause !== undefined || this.#now() - this.#pausedAt > this.#workMs;
  }

  /** Is the last pause longer ago than a slice? `at`: now, or a moment ago. */
  isLate(at: number): boolean {
    return at - this.#pausedAt > this.sliceMs;
  }

  /** Has the event loop had no turn since the last time this was asked? */
  isStarving(): boolean {
    if (this.#isProbing) return true;
    this.#isProbing = true;
    setImmediate(() => this.#isProbing = false);
    return false;
  }

  /** Work was done beside the frames themselves. */
  count(steps: number): void {
    this.#steps += steps;
  }

  /** One more step; true when work that began at `from` has lasted too long, as far as the clock is looked at. */
  isLong(from: number): boolean {
    if (++this.#steps < STEPS) return false;
    this.#steps = 0;
    return this.#now() - from > this.sliceMs;
  }

  /** Lets everything else that is ready go first. */
  pause(): Promise<void> {
    return this.#pause ??= this.#until((done) => {
      let left = ROUNDS;
      const round = () => --left > 0 ? void setImmediate(round) : done();
      setImmediate(round);
    });
  }

  /**
   * The same between two reads that filled their buffers: by a timer, which takes longer, so that more comes with each
   * read. By `pause` ten flooding clients cost 45 % more processor time a message.
   */
  rest(): Promise<void> {
    return this.#pause ??= this.#until((done) => void setTimeout(done, 0));
  }

  /** A pause that is over when `wait` calls back. */
  #until(wait: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) =>
      wait(() => {
        this.#pause = undefined;
        this.#pausedAt = this.#now();
        resolve();
      })
    );
  }
}

/** A part of work that may be long: filters, receivers, topics. Made when it begins, and anew after each pause. */
export class Slice {
  readonly #turn: Turn;
  readonly #now: () => number;
  #from: number;
  #steps = 0;

  /** @param now as the turn's */
  constructor({ turn, now }: { readonly turn: Turn; now(): number }) {
    this.#turn = turn;
    this.#now = now;
    this.#from = now();
  }

  /** One more step; true when it is time for a pause. */
  get isOver(): boolean {
    if (++this.#steps < STEPS) return false;
    this.#turn.count(this.#steps);
    this.#steps = 0;
    return this.#now() - this.#from > this.#turn.sliceMs;
  }

  /** The pause is over: a new slice begins. */
  renew(): void {
    this.#from = this.#now();
  }
}

/** Does a step for each item from `at` on; a promise when that takes more than one slice. */
export function inSlices<Item>(
  services: { readonly turn: Turn; now(): number },
  items: readonly Item[],
  step: (item: Item) => void,
  at = 0,
): void | Promise<void> {
  const slice = new Slice(services);
  for (let i = at; i < items.length; i++) {
    step(items[i]!);
    if (!slice.isOver) continue;
    return services.turn.pause().then(() => inSlices(services, items, step, i + 1));
  }
}
