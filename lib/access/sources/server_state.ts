/**
 * Whether the server of a source is down: since when, why, and when it may be tried again. Invariants: nothing else
 * keeps this; a server that is out of reach is down; any answer ends that.
 */
import type { Clock } from "../../clock.ts";
import type { SourceHealth } from "../../plugin/metrics.ts";

/** A server that is out of reach is tried again after this long, at first and at most. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 800;

/** The connection fails, not what comes over it. */
interface Outage {
  readonly why: string;
  /** Milliseconds. */
  readonly pause: number;
  /** On the clock's `now`. */
  nextTry: number;
}

/** One server's state, told by those who ask it. */
export class ServerState {
  readonly #clock: Pick<Clock, "now" | "epoch">;
  #name: SourceHealth["state"] = "unknown";
  #since: number;
  #lastError: string | undefined;
  #outage: Outage | undefined;

  /** Unknown until the first answer. */
  constructor(clock: Pick<Clock, "now" | "epoch">) {
    this.#clock = clock;
    this.#since = clock.epoch();
  }

  /** Did the last question fail? */
  get isDown(): boolean {
    return this.#name === "down";
  }

  /** What people see of it. */
  get view(): Pick<SourceHealth, "state" | "since" | "lastError"> {
    return { state: this.#name, since: this.#since, lastError: this.#lastError };
  }

  /** A question was answered. */
  answered(): void {
    this.#outage = undefined;
    this.#enter("up");
  }

  /** There was an answer that is none: the server can be reached. */
  heard(): void {
    this.#outage = undefined;
  }

  /** No decision could be made, whatever the reason. */
  failed(why: string): void {
    this.#lastError = why;
    this.#enter("down");
  }

  /** It could not be reached, or was silent: the next try is for later. */
  unreachable(why: string): void {
    const before = this.#outage?.pause;
    const pause = before === undefined ? FIRST_PAUSE_MS : Math.min(before * 2, LONGEST_PAUSE_MS);
    this.#outage = { why, pause, nextTry: this.#clock.now() + pause };
    this.failed(why);
  }

  /**
   * May it be asked now? When it is out of reach that is one caller's turn, and none is given for a pause behind it.
   * @returns why not; undefined: it may
   */
  takeTurn(): string | undefined {
    if (this.#outage === undefined) return undefined;
    const now = this.#clock.now();
    const { nextTry, pause, why } = this.#outage;
    // A clock that was set back must not keep the door shut.
    if (now < nextTry && nextTry - now <= LONGEST_PAUSE_MS) return why;
    this.#outage.nextTry = now + pause;
    return undefined;
  }

  #enter(name: "up" | "down"): void {
    if (this.#name === name) return;
    this.#name = name;
    this.#since = this.#clock.epoch();
  }
}
