/**
 * Spares clients the wait for a server that is known to be down. Used by DatabaseSource around every question
 * with its retries.
 * Invariants: only a failed transport counts as down; while it is down one question goes through at a time, not
 * sooner than a growing pause after the one before, and all others fail at once; any answer ends that.
 */
import type { Asking } from "./questions.ts";
import { SourceError } from "./error.ts";
import type { Clock } from "../../clock.ts";
import { orAborted } from "../../wait.ts";

/** After this long a server that is down is tried again, at first and at most. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 800;

/** Down or not, and when to look again. */
export class Breaker {
  readonly #clock: Pick<Clock, "now">;
  #failure: string | undefined;
  #pause = FIRST_PAUSE_MS;
  #nextTry = 0;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Asks the server, unless it is down and it is not the time to look again. */
  async run<T>(signal: AbortSignal, asking: Asking<T>): Promise<T> {
    if (this.#failure !== undefined && !this.#takeTurn()) {
      throw new SourceError(`still down: ${this.#failure}`);
    }
    try {
      const answer = await orAborted(asking(signal), signal);
      this.#reset();
      return answer;
    } catch (error) {
      this.#note(error);
      throw error;
    }
  }

  /** Lets one question through, and none after it for the length of a pause. */
  #takeTurn(): boolean {
    const now = this.#clock.now();
    // A clock that was set back must not keep the door shut.
    if (now < this.#nextTry && this.#nextTry - now <= LONGEST_PAUSE_MS) return false;
    this.#nextTry = now + this.#pause;
    return true;
  }

  #note(error: unknown): void {
    if (!(error instanceof SourceError)) return;
    if (!error.isTransport) return this.#reset();
    this.#pause = this.#failure === undefined
      ? FIRST_PAUSE_MS
      : Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
    this.#failure = error.message;
    this.#nextTry = this.#clock.now() + this.#pause;
  }

  #reset(): void {
    this.#failure = undefined;
    this.#pause = FIRST_PAUSE_MS;
  }
}
