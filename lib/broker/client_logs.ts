/**
 * The lines that clients can cause, by what they are about. Invariant: each kind has its own bounded rate, so that no
 * flood of one hides another or fills a disk.
 */
import type { Clock } from "../clock.ts";
import { SteadyLogger } from "../plugin/steady_logger.ts";
import type { Logger } from "../plugin/types.ts";

/** One broker's. */
export class ClientLogs {
  /** What clients wanted and may not. */
  readonly denials: SteadyLogger;
  /** Logins that were refused, or have to wait. */
  readonly refusals: SteadyLogger;
  /** Connections and sessions that end by a fault of their client, or for its silence. */
  readonly ends: SteadyLogger;
  /** Handshakes in front of MQTT that fail, or take too long. */
  readonly handshakes: SteadyLogger;
  /** Clients that lose messages. */
  readonly losses: SteadyLogger;
  /** What failed here while a client was served. */
  readonly faults: SteadyLogger;
  readonly #all: readonly SteadyLogger[];

  constructor(logger: Logger, clock: Pick<Clock, "now">) {
    const steady = (what: string) => new SteadyLogger(logger, { now: () => clock.now() }, what);
    this.denials = steady("denials");
    this.refusals = steady("refusals");
    this.ends = steady("closed connections and expired sessions");
    this.handshakes = steady("failed handshakes");
    this.losses = steady("clients that lose messages");
    this.faults = steady("faults");
    const { denials, refusals, ends, handshakes, losses, faults } = this;
    this.#all = [denials, refusals, ends, handshakes, losses, faults];
  }

  /** Says how many lines were withheld in the second that is over. */
  flush(): void {
    for (const one of this.#all) one.flush();
  }
}
