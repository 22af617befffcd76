/**
 * Brokers for which the loads here are far too much: after the plainest scenario has shown it, the others would only take
 * minutes to show it again. Pure. Invariant: a broker is left out because of what it did in this run.
 */
import type { Outcome } from "./table.ts";

/** Scenarios whose names begin so show it. */
const PLAINEST = "p2p-1K";
/** Of what is offered. */
const LEAST = 0.1;

/** Remembers who was far behind. */
export class LeftOut {
  readonly #behind = new Set<string>();

  /** What a broker did in the scenario of that name. */
  add(scenario: string, { broker, measured }: Outcome): void {
    if (!scenario.startsWith(PLAINEST)) return;
    const { rate = 0, offered = 0 } = typeof measured === "string" ? {} : measured;
    if (typeof measured === "string" || !(rate >= LEAST * offered)) this.#behind.add(broker);
  }

  /** Why the broker is left out; undefined: it is not. */
  reasonFor(broker: string): string | undefined {
    if (!this.#behind.has(broker)) return undefined;
    return "left out: far behind before";
  }
}
