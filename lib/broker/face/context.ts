/**
 * What each plugin of a broker gets: its logger, metrics, and a narrow way to act. Invariants: a plugin's
 * timers end with it; functions need no `this`.
 */
import type { PluginConfig } from "../../config/types.ts";
import type { ContextFactory } from "../../plugin/host.ts";
import { PluginClock } from "../../plugin/timers.ts";
import type { PluginContext } from "../../plugin/context.ts";
import type { Metrics } from "../../plugin/metrics.ts";
import type { ClientView, Logger, OutgoingMessage } from "../../plugin/types.ts";
import { VERSION } from "../../version.ts";
import type { Core } from "../core.ts";

/** What contexts need of their broker. */
export interface ContextOwner {
  readonly core: Core;
  readonly metrics: Metrics;
  publish(message: OutgoingMessage): void;
  kick(clientId: string): boolean;
  rulesChanged(): void;
  loggerFor(plugin: string): Logger;
  /** Names of the loaded plugins that authenticate, and ask for a proof. */
  checkingAuthenticators(): readonly string[];
}

/** Its functions need no `this`: plugins may take it apart, `setup(options, { publish })`. */
class BrokerContext implements PluginContext {
  readonly side = "broker";
  readonly version = VERSION;
  readonly clock: PluginClock;
  readonly name: string;
  readonly logger: Logger;
  readonly #owner: ContextOwner;

  constructor(owner: ContextOwner, config: PluginConfig) {
    this.#owner = owner;
    this.name = config.name;
    this.logger = owner.loggerFor(config.name);
    this.clock = new PluginClock(owner.core.clock, this.logger);
  }

  get directory(): string {
    return this.#owner.core.config.directory;
  }

  get metrics(): Metrics {
    return this.#owner.metrics;
  }

  get plugins(): readonly string[] {
    return this.#owner.core.config.plugins.map(({ name }) => name);
  }

  get hasOtherAuthenticator(): boolean {
    return this.#owner.checkingAuthenticators().some((name) => name !== this.name);
  }

  get wildcards(): "strict" | "emqx" {
    return this.#owner.core.config.access.wildcards;
  }

  get answersGeneration(): number {
    return this.#owner.core.answersGeneration;
  }

  readonly publish = (message: OutgoingMessage): void => this.#owner.publish(message);

  readonly clients = (): Iterable<ClientView> => this.#owner.core.clients().map(({ info }) => info);

  readonly kick = (clientId: string): boolean => this.#owner.kick(clientId);

  readonly rulesChanged = (): void => this.#owner.rulesChanged();
}

/** Contexts for the plugins of one broker. */
export function contextFactory(owner: ContextOwner): ContextFactory {
  return { make: (config) => new BrokerContext(owner, config) };
}
