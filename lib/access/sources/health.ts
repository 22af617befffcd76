/**
 * What people see of a source: its server's state with counts, and lines in the log. Invariant: however many
 * questions fail, the log gets a line at once and then at most one every ten seconds, and one when answers come again.
 */
import type { PluginContext } from "../../plugin/context.ts";
import type { SourceHealth } from "../../plugin/metrics.ts";
import type { ServerState } from "./server_state.ts";

const LINE_INTERVAL_MS = 10_000;

/** Counts, and says changes in the log. */
export class HealthMonitor {
  readonly #context: Pick<PluginContext, "clock" | "logger">;
  readonly #server: ServerState;
  #answered = 0;
  #failed = 0;
  /** Failures since the last line. */
  #unsaid = 0;
  #lastLine = -Infinity;
  #isDownSaid = false;

  /** Tells `server` of every answer and failure. */
  constructor(context: Pick<PluginContext, "clock" | "logger">, server: ServerState) {
    this.#context = context;
    this.#server = server;
  }

  /** All of it, as `health` hooks report it. */
  get view(): SourceHealth {
    return { ...this.#server.view, answered: this.#answered, failed: this.#failed };
  }

  /** A question was answered. */
  succeeded(): void {
    this.#answered++;
    const { since } = this.#server.view;
    this.#server.answered();
    if (!this.#isDownSaid) return;
    this.#isDownSaid = false;
    const seconds = Math.round((this.#context.clock.epoch() - since) / 1000);
    this.#context.logger.info(`answers again, after ${seconds} s; ${this.#failed} failures so far`);
  }

  /** A question was not answered, or by something that is no answer. */
  failed(message: string): void {
    this.#failed++;
    this.#unsaid++;
    this.#server.failed(message);
    const now = this.#context.clock.epoch();
    if (Math.abs(now - this.#lastLine) < LINE_INTERVAL_MS) return;
    const count = this.#unsaid === 1 ? "" : ` (${this.#unsaid} failures since the last such line)`;
    this.#context.logger.error(`${message}${count}`);
    this.#lastLine = now;
    this.#unsaid = 0;
    this.#isDownSaid = true;
  }
}
