/**
 * The clock of one plugin, in a broker or a client: that of its host, with timers that end when the plugin does.
 * Invariants: a callback that throws is logged; a plugin that is gone starts no timer.
 */
import type { Clock } from "../clock.ts";
import { messageOf } from "../user_error.ts";
import type { Logger } from "./types.ts";

/** Time as a plugin gets it; `stop` is its host's. */
export class PluginClock implements Clock {
  readonly now: Clock["now"];
  readonly epoch: Clock["epoch"];
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #cancels = new Set<() => void>();
  #isOver = false;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
    this.now = () => clock.now();
    this.epoch = () => clock.epoch();
  }

  readonly every: Clock["every"] = (milliseconds, callback) => {
    return this.#keep(() => this.#clock.every(milliseconds, () => this.#run(callback)));
  };

  readonly after: Clock["after"] = (milliseconds, callback) => {
    const cancel = this.#keep(() =>
      this.#clock.after(milliseconds, () => {
        cancel();
        this.#run(callback);
      })
    );
    return cancel;
  };

  /** Ends every timer; none starts from now on. */
  stop(): void {
    this.#isOver = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }

  #keep(start: () => () => void): () => void {
    if (this.#isOver) return () => {};
    const cancel = start();
    this.#cancels.add(cancel);
    return () => {
      this.#cancels.delete(cancel);
      cancel();
    };
  }

  #run(callback: () => void): void {
    try {
      callback();
    } catch (cause) {
      this.#logger.error(`timer failed: ${messageOf(cause)}`);
    }
  }
}
