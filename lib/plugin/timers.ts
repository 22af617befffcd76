/**
 * The clock of one plugin, in a broker or a client: that of its host, with timers that end when the plugin does.
 * Invariants: a callback that throws is logged; a plugin that is gone starts no timer.
 */
import type { Clock } from "../clock.ts";
import { faultText } from "./fault.ts";
import type { Logger } from "./types.ts";

/** Time as a plugin gets it; `stop` is its host's. */
export class PluginClock implements Clock {
  readonly now: Clock["now"];
  readonly epoch: Clock["epoch"];
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #module: string | undefined;
  readonly #cancels = new Set<() => void>();
  #isOver = false;

  /** @param module URL of the plugin's module, for what its callbacks throw; undefined for a packaged one */
  constructor(clock: Clock, logger: Logger, module?: string) {
    this.#clock = clock;
    this.#logger = logger;
    this.#module = module;
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
      this.#logger.error(`timer failed: ${faultText(cause, this.#module)}`);
    }
  }
}
