/**
 * Fairness: a socket that always has data is served from microtasks and would starve timers, new connections and quiet
 * clients. After some work a connection pauses, between two reads or within one, until sockets and timers were looked
 * at. One per broker. Invariants: all who pause go on together; of those that rest between two reads one at a time,
 * each with as many bytes a round as the others; the clock is read once in STEPS steps.
 */
import { setImmediate } from "node:timers";
import { QUANTUM, type Reader, RestQueue } from "./rest_queue.ts";
import { Rounds, type Yields } from "./yields.ts";

/** Shorter slices would be felt where one message goes to many: what has gathered is flushed in each. */
const SLICE_MS = 8;
/** Steps between two looks at the clock: a frame, a receiver, a filter is one. */
const STEPS = 64;
/**
 * While clients that say little take part, who always has data has smaller reads and less work before a yield: they wait
 * for both. Where no one else sends, this would only cost more.
 */
const SHORT_QUANTUM = 16_384;
const SHORT_SHARE = 2 / 5;
/** A client took part if something came from it in this time, milliseconds, in a read of at most LITTLE bytes. */
const LATELY_MS = 100;
const LITTLE = 512;

/** Measures work between pauses and pauses. */
export class Turn {
  /** How much work in one piece, milliseconds. */
  readonly sliceMs: number;
  readonly #workMs: number;
  readonly #yields: Yields;
  readonly #now: () => number;
  #pausedAt: number;
  #pause: PromiseWithResolvers<void> | undefined;
  readonly #resting = new RestQueue();
  /** Whose turn it is, of those that rest. */
  #released: Reader | undefined;
  /** Always while anyone rests. */
  #isYielding = false;
  #steps = 0;
  #isProbing = false;
  /** When someone sent a little. */
  #littleAt = -Infinity;

  /**
   * @param now milliseconds of a monotonic clock
   * @param workMs how much work before a pause at least; a client, which has one connection, can afford more
   */
  constructor(now: () => number, workMs = 0, yields: Yields = new Rounds()) {
    this.#now = now;
    this.#workMs = workMs;
    this.#yields = yields;
    this.sliceMs = Math.max(workMs, SLICE_MS);
    this.#pausedAt = now();
  }

  /** Has there been so much work that others should have their turn? */
  get isOver(): boolean {
    if (this.#pause !== undefined) return true;
    const share = this.#isShort ? SHORT_SHARE : 1;
    const most = Math.max(this.#workMs, this.#yields.workMs * share);
    return this.#now() - this.#pausedAt > most;
  }

  get #isShort(): boolean {
    return this.#yields.isCheap && this.#pausedAt - this.#littleAt < LATELY_MS;
  }

  /** How much a read may take at most; undefined: no one else always has data. */
  get room(): number | undefined {
    if (this.#resting.length === 0) return undefined;
    return this.#isShort ? SHORT_QUANTUM : QUANTUM;
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
    this.#pause ??= Promise.withResolvers<void>();
    this.#yield(false);
    return this.#pause.promise;
  }

  /**
   * A read of that many bytes took all the room it had; a promise where it is the turn of others now. Who has been quiet
   * goes on with what it sends then, as far as its share goes: a message may fill a small buffer.
   */
  rest(reader: Reader, bytes: number): Promise<void> | undefined {
    const { isOver } = this;
    const isAlone = this.#resting.length === 0;
    const isNext = reader === this.#released;
    reader.credit -= bytes;
    if (reader.credit > 0 && !(isNext && isOver)) return undefined;
    if (isAlone) reader.credit = 0;
    if (isAlone && !isOver) return undefined;
    const turn = this.#resting.wait(reader);
    if (isOver) this.#yield(true);
    else if (isNext) this.#released = this.#resting.release();
    return turn;
  }

  /** A read of that many bytes left room: it has no more for now. @param at when it was read */
  quiet(reader: Reader, bytes: number, at: number): undefined {
    reader.credit = QUANTUM;
    if (bytes <= LITTLE) this.#littleAt = at;
  }

  /** What its way to yield holds is given back. Never rejects. */
  close(): Promise<void> {
    return this.#yields.close();
  }

  #yield(isRest: boolean): void {
    if (this.#isYielding) return;
    this.#isYielding = true;
    const done = () => this.#goOn();
    if (isRest) this.#yields.rest(done);
    else this.#yields.pause(done);
  }

  /** Sockets and timers were looked at. */
  #goOn(): void {
    this.#isYielding = false;
    this.#pausedAt = this.#now();
    this.#pause?.resolve();
    this.#pause = undefined;
    if (this.#yields.isCheap) this.#released = this.#resting.release();
    else this.#resting.releaseAll();
    if (this.#resting.length > 0) this.#yield(true);
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
