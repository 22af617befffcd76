/**
 * What each plugin of a broker gets: its logger, its clock, metrics, and a narrow way to act. Invariants: its timers end
 * with the plugin; its functions need no `this`, for plugins take it apart: `setup(options, { publish })`.
 */
import type { PluginConfig } from "../../config/types.ts";
import { loggerFor } from "../../log/logger.ts";
import { ownModule } from "../../plugin/fault.ts";
import type { ContextFactory } from "../../plugin/host.ts";
import { PluginClock } from "../../plugin/timers.ts";
import type { PluginContext } from "../../plugin/context.ts";
import type { HttpServer, TokenCheck } from "../../plugin/management.ts";
import type { Metrics } from "../../plugin/metrics.ts";
import type { ClientView, Logger } from "../../plugin/types.ts";
import { VERSION } from "../../version.ts";
import { publishOwn } from "../broadcast.ts";
import type { Core } from "../core.ts";
import type { Admin } from "./admin.ts";
import { tokenCheck } from "./token_check.ts";

/** What contexts need of their broker. */
export interface ContextOwner {
  readonly core: Core;
  readonly admin: Admin;
  rulesChanged(): void;
}

class BrokerContext implements PluginContext {
  readonly side = "broker";
  readonly version = VERSION;
  readonly clock: PluginClock;
  readonly name: string;
  readonly logger: Logger;
  readonly #owner: ContextOwner;
  readonly tokens: TokenCheck;
  readonly #key: string;
  readonly #servers: HttpServer[] = [];
  #isOver = false;

  constructor(owner: ContextOwner, config: PluginConfig) {
    this.#owner = owner;
    this.name = config.name;
    this.#key = config.key;
    this.tokens = tokenCheck(owner.admin.tokens);
    this.logger = loggerFor("plugins", config.name);
    this.clock = new PluginClock(owner.core.clock, this.logger, ownModule(config));
  }

  get directory(): string {
    return this.#owner.core.config.directory;
  }

  get metrics(): Metrics {
    return this.#owner.admin.metrics;
  }

  get plugins(): readonly string[] {
    return this.#owner.core.config.plugins.map(({ name }) => name);
  }

  get hasOtherAuthenticator(): boolean {
    const others = this.#owner.core.access.checkingAuthenticators;
    return others.some((name) => name !== this.name);
  }

  get asksForCertificates(): boolean {
    return this.#owner.core.config.listeners.some(({ tls, proxyProtocol }) =>
      proxyProtocol || (tls !== undefined && tls.verifyClient !== "none")
    );
  }

  get wildcards(): "strict" | "emqx" {
    return this.#owner.core.config.access.wildcards;
  }

  get tell(): ((line: string) => void) | undefined {
    return this.#owner.admin.tell;
  }

  get answersGeneration(): number {
    return this.#owner.core.answersGeneration;
  }

  readonly publish: PluginContext["publish"] = (message) => publishOwn(this.#owner.core, message);

  readonly clients = (): Iterable<ClientView> => this.#owner.admin.clients();

  readonly kick: PluginContext["kick"] = (clientId) => this.#owner.admin.kick(clientId);

  readonly accept: NonNullable<PluginContext["accept"]> = (stream, peer) =>
    this.#owner.admin.accept(stream, peer, this.name);

  readonly manage: NonNullable<PluginContext["manage"]> = (command, args, caller) =>
    this.#owner.admin.run(command, args, caller);

  readonly measure = (keep = false): void => {
    const { core } = this.#owner;
    if (keep) core.keepHistory();
    else core.vitals.measure();
  };

  readonly serveHttp: NonNullable<PluginContext["serveHttp"]> = async (options, handler) => {
    const { accept } = this;
    const asked = { context: this, key: this.#key, options, handler, accept };
    const server = await this.#owner.admin.http.open(asked);
    this.#servers.push(server);
    if (this.#isOver) await server.close();
    return server;
  };

  readonly authenticate: NonNullable<PluginContext["authenticate"]> = async (login) => {
    const { authenticateFor }: typeof import("../plugin_login.ts") = await import(
      new URL("../plugin_login.ts", import.meta.url).href
    );
    return await authenticateFor(this.#owner.core, this.name, login);
  };

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#servers.map((server) => server.close()));
  }

  readonly rulesChanged = (): void => this.#owner.rulesChanged();
}

/** Contexts for the plugins of one broker. */
export function contextFactory(owner: ContextOwner): ContextFactory {
  const { hookClock: clock } = owner.core;
  return { clock, make: (config) => new BrokerContext(owner, config) };
}
