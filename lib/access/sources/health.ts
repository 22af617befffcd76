/**
 * Is a source up? Told by AccessSource after every question; read by `midge ctl status` and `$SYS` through the
 * plugin's `health` hook. Invariant: however many questions fail, the log gets a line at once and then at most
 * one every ten seconds, and one when answers come again.
 */
import type { PluginContext, SourceHealth } from "../../plugin/types.ts";

const LINE_INTERVAL_MS = 10_000;

/** Keeps a source's state and says changes in the log. */
export class HealthMonitor {
  readonly #context: Pick<PluginContext, "clock" | "logger">;
  #state: SourceHealth["state"] = "unknown";
  #since: number;
  #lastError: string | undefined;
  #answered = 0;
  #failed = 0;
  /** Failures since the last line. */
  #unsaid = 0;
  #lastLine = -Infinity;
  #isDownSaid = false;

  /** Knows nothing about the server yet. */
  constructor(context: Pick<PluginContext, "clock" | "logger">) {
    this.#context = context;
    this.#since = context.clock.epoch();
  }

  /** Has the last question failed? */
  get isDown(): boolean {
    return this.#state === "down";
  }

  /** All of it, as `health` hooks report it. */
  get view(): SourceHealth {
    return {
      state: this.#state,
      since: this.#since,
      lastError: this.#lastError,
      answered: this.#answered,
      failed: this.#failed,
    };
  }

  /** A question was answered. */
  succeeded(): void {
    this.#answered++;
    if (this.#state === "up") return;
    const seconds = Math.round((this.#context.clock.epoch() - this.#since) / 1000);
    this.#enter("up");
    if (!this.#isDownSaid) return;
    this.#isDownSaid = false;
    this.#context.logger.info(`answers again, after ${seconds} s; ${this.#failed} failures so far`);
  }

  /** A question was not answered, or by something that is no answer. */
  failed(message: string): void {
    this.#failed++;
    this.#unsaid++;
    this.#lastError = message;
    if (this.#state !== "down") this.#enter("down");
    const now = this.#context.clock.epoch();
    if (Math.abs(now - this.#lastLine) < LINE_INTERVAL_MS) return;
    const count = this.#unsaid === 1 ? "" : ` (${this.#unsaid} failures since the last such line)`;
    this.#context.logger.error(`${message}${count}`);
    this.#lastLine = now;
    this.#unsaid = 0;
    this.#isDownSaid = true;
  }

  #enter(state: "up" | "down"): void {
    this.#state = state;
    this.#since = this.#context.clock.epoch();
  }
}
