/**
 * Spares clients the wait for a server that is known to be down, around a question with its retries. Invariants: only
 * a failed transport keeps others from asking; then one question goes through at a time, not sooner than a growing
 * pause after the one before, and all others fail at once; any answer ends that.
 */
import { orAborted } from "../../wait.ts";
import { SourceError } from "./error.ts";
import type { Asking } from "./questions.ts";
import type { ServerState } from "./server_state.ts";

/** Lets a question through, or not. */
export class Breaker {
  readonly #server: ServerState;

  constructor(server: ServerState) {
    this.#server = server;
  }

  /** Asks the server, unless it is down and it is not the time to look again. */
  async run<T>(signal: AbortSignal, asking: Asking<T>): Promise<T> {
    const why = this.#server.takeTurn();
    if (why !== undefined) throw new SourceError(`still down: ${why}`);
    try {
      const answer = await orAborted(asking(signal), signal);
      this.#server.answered();
      return answer;
    } catch (error) {
      this.#note(error);
      throw error;
    }
  }

  #note(error: unknown): void {
    if (!(error instanceof SourceError)) return;
    if (error.isTransport) this.#server.unreachable(error.message);
    else this.#server.heard();
  }
}
