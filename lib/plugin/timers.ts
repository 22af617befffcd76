/**
 * The timers of one plugin, in a broker or a client. Made with the plugin's context, stopped by the host.
 * Invariants: a callback that throws is logged; a plugin that is gone starts no timer.
 */
import type { Logger } from "./types.ts";

/** Calls back every so many milliseconds until the returned function is called. */
type Every = (milliseconds: number, callback: () => void) => () => void;

/** What a plugin has running. */
export class PluginTimers {
  readonly #every: Every;
  readonly #logger: Logger;
  readonly #cancels = new Set<() => void>();
  #isOver = false;

  /** @param every of the clock that the plugin lives by */
  constructor(every: Every, logger: Logger) {
    this.#every = every;
    this.#logger = logger;
  }

  /** The context's `every`; it needs no `this`. */
  readonly every: Every = (milliseconds, callback) => {
    if (this.#isOver) return () => {};
    const cancel = this.#every(milliseconds, () => this.#run(callback));
    this.#cancels.add(cancel);
    return () => {
      this.#cancels.delete(cancel);
      cancel();
    };
  };

  stop(): void {
    this.#isOver = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }

  #run(callback: () => void): void {
    try {
      callback();
    } catch (cause) {
      this.#logger.error(`timer failed: ${cause instanceof Error ? cause.message : cause}`);
    }
  }
}
