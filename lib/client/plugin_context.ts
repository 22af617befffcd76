/**
 * What plugins get on the client's side: the same context as in a broker, with the client's own traffic and
 * nobody else's. Used by Client when it loads plugins. Invariant: what only a broker has is empty here.
 */
import type { ClientConfig } from "../config/client_types.ts";
import type { PluginConfig } from "../config/types.ts";
import { loggerFor } from "../log/logger.ts";
import type { Traffic } from "../net/stream.ts";
import type { ContextFactory } from "../plugin/host.ts";
import type { ClientView, Metrics, OutgoingMessage, PluginContext } from "../plugin/types.ts";
import { VERSION } from "../version.ts";

/** What the contexts need of their client. */
export interface ContextOwner {
  readonly config: ClientConfig;
  readonly traffic: Traffic;
  readonly startedAt: number;
  isConnected(): boolean;
  publish(message: OutgoingMessage): void;
}

/** Makes the contexts of one client's plugins. */
export class ClientContextFactory implements ContextFactory {
  readonly #owner: ContextOwner;

  constructor(owner: ContextOwner) {
    this.#owner = owner;
  }

  make(config: PluginConfig): ReturnType<ContextFactory["make"]> {
    return new ClientPluginContext(this.#owner, config);
  }
}

class ClientPluginContext implements PluginContext {
  readonly side = "client";
  readonly version = VERSION;
  readonly hasOtherAuthenticator = false;
  readonly name: string;
  readonly logger: PluginContext["logger"];
  readonly metrics: Metrics;
  readonly timers = new PluginTimers();
  readonly #owner: ContextOwner;

  constructor(owner: ContextOwner, config: PluginConfig) {
    this.#owner = owner;
    this.name = config.name;
    this.logger = loggerFor("client", "plugins", config.name);
    this.metrics = new ClientMetrics(owner);
  }

  get directory(): string {
    return this.#owner.config.directory;
  }

  get plugins(): readonly string[] {
    return this.#owner.config.plugins.map(({ name }) => name);
  }

  now(): number {
    return Date.now();
  }

  every(milliseconds: number, callback: () => void): () => void {
    return this.timers.every(milliseconds, callback, this.logger);
  }

  publish(message: OutgoingMessage): void {
    this.#owner.publish(message);
  }

  clients(): Iterable<ClientView> {
    return [];
  }

  kick(): boolean {
    return false;
  }

  rulesChanged(): void {
    // A client has no rules.
  }
}

/** The timers of one plugin. */
class PluginTimers {
  readonly #timers = new Set<ReturnType<typeof setInterval>>();

  every(milliseconds: number, callback: () => void, logger: PluginContext["logger"]): () => void {
    const timer = setInterval(() => {
      try {
        callback();
      } catch (error) {
        logger.error(`timer failed: ${error instanceof Error ? error.message : error}`);
      }
    }, milliseconds);
    this.#timers.add(timer);
    return () => {
      clearInterval(timer);
      this.#timers.delete(timer);
    };
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers.clear();
  }
}

/** One client's counters; what counts a broker's clients is 0 or 1. */
class ClientMetrics implements Metrics {
  readonly clientsMaximum = 1;
  readonly clientsDisconnected = 0;
  readonly inflightIn = 0;
  readonly inflightOut = 0;
  readonly messagesQueued = 0;
  readonly messagesDropped = {};
  readonly retainedCount = 0;
  readonly subscriptionsCount = 0;
  readonly #owner: ContextOwner;

  constructor(owner: ContextOwner) {
    this.#owner = owner;
  }

  get startedAt(): number {
    return this.#owner.startedAt;
  }
  get clientsConnected(): number {
    return this.#owner.isConnected() ? 1 : 0;
  }
  get bytesReceived(): number {
    return this.#owner.traffic.bytesReceived;
  }
  get bytesSent(): number {
    return this.#owner.traffic.bytesSent;
  }
  get packetsReceived(): number {
    return this.#owner.traffic.packetsReceived;
  }
  get packetsSent(): number {
    return this.#owner.traffic.packetsSent;
  }
  get publishReceived(): number {
    return this.#owner.traffic.publishReceived;
  }
  get publishSent(): number {
    return this.#owner.traffic.publishSent;
  }
}
