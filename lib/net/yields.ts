/**
 * Ways to let the event loop look at sockets and timers before work goes on, and the way that Deno always has.
 * bench/limits/yields.ts shows what each costs.
 */
import { setImmediate } from "node:timers";

/**
 * Rounds of the event loop that a pause takes: while there is anything to run, Deno's runtime looks at sockets and
 * timers only in every 61st. This number takes 0.3 ms; a timer of 0 ms takes more than 2.
 */
const ROUNDS = 70;
/** How much work is worth that, milliseconds. */
const WORK_MS = 2;

/** A way to yield, with its price. */
export interface Yields {
  /** How much work in one piece before all others have their turn, milliseconds. */
  readonly workMs: number;
  /** Is it so cheap that of several connections that always have data one goes on at a time? */
  readonly isCheap: boolean;
  /** Calls back, once, when sockets and timers were looked at. */
  pause(done: () => void): void;
  /** The same between two reads that filled their buffers. */
  rest(done: () => void): void;
  /** Gives back what it holds; it still yields. Never rejects. */
  close(): Promise<void>;
}

/** What Deno has of its own. */
export class Rounds implements Yields {
  readonly workMs = WORK_MS;
  readonly isCheap = false;

  pause(done: () => void): void {
    let left = ROUNDS;
    const round = () => --left > 0 ? void setImmediate(round) : done();
    setImmediate(round);
  }

  /**
   * By a timer, which takes longer than rounds, so that more comes with each read. By `pause` ten flooding clients cost
   * 45 % more processor time a message.
   */
  rest(done: () => void): void {
    setTimeout(done, 0);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
