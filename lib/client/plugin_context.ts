/**
 * What plugins get on the client's side: the same context as in a broker, with the client's own traffic and no one
 * else's. Invariant: what only a broker has is empty here.
 */
import type { Clock } from "../clock.ts";
import type { ClientConfig } from "./config_types.ts";
import type { PluginConfig } from "../config/types.ts";
import { loggerFor } from "../log/logger.ts";
import type { Traffic } from "../net/stream.ts";
import { ownModule } from "../plugin/fault.ts";
import type { ContextFactory } from "../plugin/host.ts";
import { PluginClock } from "../plugin/timers.ts";
import type { PluginContext } from "../plugin/context.ts";
import { liveMetrics, type MetricReaders } from "../plugin/live_metrics.ts";
import type { Metrics } from "../plugin/metrics.ts";
import type { ClientView, OutgoingMessage } from "../plugin/types.ts";
import { VERSION } from "../version.ts";

/** What the contexts need of their client. */
export interface ClientContextOwner {
  readonly config: ClientConfig;
  readonly traffic: Traffic;
  readonly clock: Clock;
  readonly startedAt: number;
  isConnected(): boolean;
  publish(message: OutgoingMessage): void;
}

/** Makes the contexts of one client's plugins. */
export class ClientContextFactory implements ContextFactory {
  readonly clock: Clock;
  readonly #owner: ClientContextOwner;

  constructor(owner: ClientContextOwner) {
    this.#owner = owner;
    this.clock = owner.clock;
  }

  make(config: PluginConfig): ReturnType<ContextFactory["make"]> {
    return new ClientPluginContext(this.#owner, config);
  }
}

/** Its functions need no `this`, as in a broker. */
class ClientPluginContext implements PluginContext {
  readonly side = "client";
  readonly version = VERSION;
  readonly hasOtherAuthenticator = false;
  readonly name: string;
  readonly logger: PluginContext["logger"];
  readonly metrics: Metrics;
  readonly clock: PluginClock;
  readonly #owner: ClientContextOwner;

  constructor(owner: ClientContextOwner, config: PluginConfig) {
    this.#owner = owner;
    this.name = config.name;
    this.logger = loggerFor("client", "plugins", config.name);
    this.clock = new PluginClock(owner.clock, this.logger, ownModule(config));
    this.metrics = liveMetrics(owner, READERS);
  }

  get directory(): string {
    return this.#owner.config.directory;
  }

  get plugins(): readonly string[] {
    return this.#owner.config.plugins.map(({ name }) => name);
  }

  readonly publish = (message: OutgoingMessage): void => this.#owner.publish(message);

  readonly clients = (): Iterable<ClientView> => [];

  readonly kick = (): boolean => false;

  /** A client has no rules. */
  readonly rulesChanged = (): void => {};
}

/** One client's counters; what counts a broker's clients is 0 or 1, and what only a broker has is 0. */
const READERS: Partial<MetricReaders<ClientContextOwner>> = {
  startedAt: ({ startedAt }) => startedAt,
  clientsConnected: (owner) => owner.isConnected() ? 1 : 0,
  clientsMaximum: () => 1,
  bytesReceived: ({ traffic }) => traffic.bytesReceived,
  bytesSent: ({ traffic }) => traffic.bytesSent,
  packetsReceived: ({ traffic }) => traffic.packetsReceived,
  packetsSent: ({ traffic }) => traffic.packetsSent,
  publishReceived: ({ traffic }) => traffic.publishReceived,
  publishSent: ({ traffic }) => traffic.publishSent,
};
