/**
 * When handshakes begin: each is half a millisecond of work in one piece, and many at once would stop everyone else.
 * Invariants: one that comes alone begins at once; of many, one begins at a time, and sockets and timers have their
 * turn in between; addresses take turns, so that a flood from one delays itself.
 */
import { Turns } from "../../turns.ts";

/** Lets everything else that is ready go first. */
type Pause = () => Promise<void>;

/** The handshakes of one listener. */
export class HandshakePace {
  readonly #pause: Pause;
  readonly #waiting = new Turns<() => void>();
  #isBusy = false;

  constructor(pause: Pause) {
    this.#pause = pause;
  }

  /** Resolves when the handshake of a connection from this address may begin. */
  enter(address: string): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add(address, resolve);
      if (!this.#isBusy) void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    this.#isBusy = true;
    for (let next = this.#waiting.next(); next !== undefined; next = this.#waiting.next()) {
      next();
      await this.#pause();
    }
    this.#isBusy = false;
  }
}
