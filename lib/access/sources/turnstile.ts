/**
 * Bounds how many questions a source answers at once, with shares for logins and for rights. Invariants: neither kind
 * takes the last places of the other, or goes twice while the other waits; those that wait take turns by where they come from; what waits is bounded in
 * number and size, and who does not fit is told at once that we are busy, which says nothing about the server.
 */
import { Turns } from "../../turns.ts";
import { BusyError } from "../../busy_error.ts";

/** What a question is about: a login and its superuser, or a publish or subscription of one who is in. */
export type Lane = "logins" | "rights";

/** A question in line. */
export interface Entrant {
  readonly lane: Lane;
  /** Where it comes from: these take turns. */
  readonly from: string;
  /** How much memory it holds while it waits, about, in characters. */
  readonly weight: number;
}

interface Waiting {
  readonly weight: number;
  enter(): void;
  refuse(reason: unknown): void;
}

/** Questions of one kind that may wait, and what they may hold together, in characters. */
const MAX_WAITING: Readonly<Record<Lane, number>> = { logins: 1000, rights: 10_000 };
const MAX_WEIGHT = 4 * 1024 * 1024;

/** One kind of question. */
class Line {
  readonly waiting = new Turns<Waiting>();
  readonly most: number;
  running = 0;
  weight = 0;

  constructor(most: number) {
    this.most = most;
  }

  get isNext(): boolean {
    return this.running < this.most && this.waiting.size > 0;
  }
}

/** The places at one server. */
export class Turnstile {
  readonly #limit: number;
  readonly #lines: Readonly<Record<Lane, Line>>;
  #last: Lane = "logins";

  /** That many may run at once; a quarter, where there are four, is out of reach for each kind. */
  constructor(limit: number) {
    this.#limit = limit;
    const most = limit - Math.floor(limit / 4);
    this.#lines = { logins: new Line(most), rights: new Line(most) };
  }

  /** How many run now. */
  get running(): number {
    return this.#lines.logins.running + this.#lines.rights.running;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#lines.logins.waiting.size + this.#lines.rights.waiting.size;
  }

  /**
   * Runs the work when there is a place; rejects with the signal's reason when that fires before.
   * @throws {BusyError} when too many wait
   */
  async run<T>(entrant: Entrant, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const line = this.#lines[entrant.lane];
    if (this.running < this.#limit && line.running < line.most) line.running++;
    else await this.#wait(entrant, line, signal);
    try {
      return await work();
    } finally {
      line.running--;
      this.#handOver();
    }
  }

  #wait({ lane, from, weight }: Entrant, line: Line, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const entry = { weight, enter: resolve, refuse: reject };
    const leave = () => {
      if (!line.waiting.remove(from, entry)) return; // it has its place, and gives it back
      line.weight -= weight;
      reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    line.waiting.add(from, entry);
    line.weight += weight;
    while (line.waiting.size > MAX_WAITING[lane] || line.weight > MAX_WEIGHT) turnOut(line, lane);
    return promise.finally(() => signal.removeEventListener("abort", leave));
  }

  /** The kind that has fewer places goes first, then the one that was not last. */
  #handOver(): void {
    while (this.running < this.#limit) {
      const lanes = (["rights", "logins"] as const).filter((lane) => this.#lines[lane].isNext);
      const [first, second] = lanes;
      if (first === undefined) return;
      const lane = second !== undefined && this.#isBefore(second, first) ? second : first;
      this.#last = lane;
      const line = this.#lines[lane];
      const entry = line.waiting.next()!;
      line.weight -= entry.weight;
      line.running++;
      entry.enter();
    }
  }

  #isBefore(one: Lane, other: Lane): boolean {
    const more = this.#lines[one].running - this.#lines[other].running;
    return more < 0 || (more === 0 && this.#last === other);
  }
}

/** The newest question of where most come from. */
function turnOut(line: Line, lane: Lane): void {
  const entry = line.waiting.removeFromLongest();
  if (entry === undefined) return;
  line.weight -= entry.weight;
  entry.refuse(new BusyError(`too many ${lane} wait for an answer`));
}
