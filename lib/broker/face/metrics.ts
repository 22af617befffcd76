/** The broker's numbers as plugins read them; each is computed when it is read. */
import type { AccessMetrics, Metrics } from "../../plugin/metrics.ts";
import type { Core } from "../core.ts";
import type { BrokerSession } from "../sessions.ts";
import { messageOf } from "../../user_error.ts";

/** Reads a core's counters and gauges. */
export class CoreMetrics implements Metrics {
  readonly #core: Core;
  readonly startedAt: number;

  constructor(core: Core) {
    this.#core = core;
    this.startedAt = core.clock.epoch();
  }

  get bytesReceived(): number {
    return this.#core.traffic.bytesReceived;
  }

  get bytesSent(): number {
    return this.#core.traffic.bytesSent;
  }

  get packetsReceived(): number {
    return this.#core.traffic.packetsReceived;
  }

  get packetsSent(): number {
    return this.#core.traffic.packetsSent;
  }

  get publishReceived(): number {
    return this.#core.traffic.publishReceived;
  }

  get publishSent(): number {
    return this.#core.traffic.publishSent;
  }

  get clientsConnected(): number {
    return this.#core.connectedCount;
  }

  get clientsMaximum(): number {
    return this.#core.clientsMaximum;
  }

  get clientsDisconnected(): number {
    return this.#core.sessions.detachedCount;
  }

  get inflightIn(): number {
    return this.#sum((session) => session.inflightIn);
  }

  get inflightOut(): number {
    return this.#sum((session) => session.inflightOut);
  }

  get messagesQueued(): number {
    return this.#sum((session) => session.queuedMessages);
  }

  get messagesDropped(): Readonly<Record<string, number>> {
    return this.#core.drops.byReason;
  }

  get retainedCount(): number {
    return this.#core.retained.count;
  }

  get subscriptionsCount(): number {
    return this.#core.tree.count;
  }

  get access(): AccessMetrics {
    const { access, accessCounters: { cacheHits, cacheMisses } } = this.#core;
    return { cacheHits, cacheMisses, sources: access.metrics, health: this.#health() };
  }

  #health(): AccessMetrics["health"] {
    return this.#core.plugins.flatMap(({ name, hooks, logger }) => {
      try {
        return hooks.health === undefined ? [] : [{ source: name, health: hooks.health() }];
      } catch (cause) {
        logger.error(`hook health failed: ${messageOf(cause)}`);
        return [];
      }
    });
  }

  #sum(count: (session: BrokerSession) => number): number {
    let sum = 0;
    for (const session of this.#core.sessions.all()) sum += count(session);
    return sum;
  }
}
