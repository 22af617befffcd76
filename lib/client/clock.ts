/** Time and chance, handed to the client, so that tests have their own. */
import { type Clock, SYSTEM_CLOCK } from "../clock.ts";

/** Where time and chance come from. */
export interface ClientClock extends Clock {
  /** 0 (included) to 1 (excluded). */
  random(): number;
}

/** The machine's own. */
export const CLIENT_CLOCK: ClientClock = { ...SYSTEM_CLOCK, random: Math.random };
