/**
 * How time passes for the sequences that are `slow`: really, or on the clock of a broker in this process. Invariant: on
 * such a clock nothing depends on how fast the machine is.
 */
import type { FakeClock } from "../support/fake_clock.ts";
import { within } from "../support/raw_client.ts";
import { turn } from "../support/until.ts";

/** A broker's time, as its peers live through it. */
export interface Passing {
  /** Milliseconds. */
  now(): number;
  /** Lets that many milliseconds pass. */
  pause(ms: number): Promise<void>;
  /** What comes by itself before that many milliseconds have passed; rejects where it does not. */
  within<T>(ms: number, coming: Promise<T>): Promise<T>;
}

const LATE = "what was to come by itself";

/** That of the world. */
export const REAL_TIME: Passing = {
  now: () => performance.now(),
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  within: (ms, coming) => within(coming, LATE, ms),
};

const STEP_MS = 50;
/** What was sent before a pause has come by then: both ends are in this process. */
const TURNS = 5;

/** That of a clock. */
export function passingOf(clock: FakeClock): Passing {
  const pass = async (ms: number, isOver = () => false) => {
    for (let turns = 0; turns < TURNS; turns++) await turn();
    for (let passed = 0; passed < ms && !isOver(); passed += STEP_MS) {
      clock.advance(Math.min(STEP_MS, ms - passed));
      await turn();
    }
  };
  return {
    now: () => clock.now(),
    pause: (ms) => pass(ms),
    async within(ms, coming) {
      let isOver = false;
      const watched = coming.finally(() => isOver = true);
      watched.catch(() => {}); // it is awaited below
      await pass(ms, () => isOver);
      return await within(watched, LATE);
    },
  };
}
