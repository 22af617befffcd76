/**
 * The broker: configuration in, listeners open, plugins loaded, an orderly stop. Used by the command line and by
 * everybody who embeds Midge. Invariants: a start that fails leaves nothing open; a stop is bounded; two
 * brokers in one process share nothing.
 */
import { normalizeConfig } from "../config/normalize.ts";
import type { BrokerConfig, BrokerOptions } from "../config/types.ts";
import { loggerFor } from "../log/logger.ts";
import { withDeadline } from "../net/deadline.ts";
import { runLifeHook } from "../plugin/hooks.ts";
import { PluginHost } from "../plugin/host.ts";
import type { ClientView, ListenerView, Metrics, OutgoingMessage } from "../plugin/types.ts";
import { OutgoingPublish } from "../session/message.ts";
import { encodeUtf8 } from "../wire/utf8.ts";
import { type Clock, SYSTEM_CLOCK } from "./clock.ts";
import { contextFactory, type ContextOwner } from "./context.ts";
import { Core } from "./core.ts";
import { Listeners } from "./listeners.ts";
import { CoreMetrics } from "./metrics.ts";
import { broadcast } from "./publish.ts";
import { reauthorizeAll } from "./reauthorize.ts";
import { sweep, SWEEP_INTERVAL_MS } from "./sweep.ts";

/** How long a stop waits for clients to take what is queued, milliseconds. */
const STOP_MS = 4000;
const TEXT = new TextEncoder();

/**
 * An MQTT broker.
 *
 * ```ts
 * import { Broker } from "@midge/midge";
 * const broker = new Broker({
 *   listeners: { default: { bind: "127.0.0.1:0" } },
 *   plugins: { auth_anonymous: null },
 * });
 * await broker.start();
 * broker.publish({ topicName: "greeting", payload: "hello", retain: true });
 * await broker.stop();
 * ```
 */
export class Broker implements AsyncDisposable {
  readonly #core: Core;
  readonly #host: PluginHost;
  readonly #listeners: Listeners;
  readonly metrics: Metrics;
  #state: "new" | "starting" | "started" | "stopping" | "stopped" = "new";
  #stopSweep: (() => void) | undefined;
  #stopping: Promise<void> | undefined;

  /**
   * Takes what the configuration file takes.
   * @throws ConfigError with every problem
   */
  constructor(options: BrokerOptions = {}) {
    const [config, clock] = isPrepared(options)
      ? [options.config, options.clock]
      : [normalizeConfig(options, { directory: Deno.cwd() }), SYSTEM_CLOCK];
    this.#core = new Core(config, clock, loggerFor("broker"));
    this.metrics = new CoreMetrics(this.#core);
    this.#host = new PluginHost(contextFactory(this.#contextOwner()), config.file);
    this.#listeners = new Listeners(this.#core);
  }

  /** A broker of a configuration that is checked already. */
  static fromConfig(config: BrokerConfig, clock: Clock = SYSTEM_CLOCK): Broker {
    return new Broker(new Prepared(config, clock) as BrokerOptions);
  }

  /** Loads and disposes of the plugins: everything that a start checks, but no listener. */
  static async check(config: BrokerConfig): Promise<void> {
    const broker = Broker.fromConfig(config);
    try {
      await broker.#host.load(config.plugins);
    } finally {
      await broker.#host.dispose();
    }
  }

  /** The open listeners, with the ports they got. */
  get listeners(): readonly ListenerView[] {
    return this.#listeners.views;
  }

  /** The connected clients. */
  get clients(): readonly ClientView[] {
    return [...this.#core.clients()].map(({ info }) => info);
  }

  /** One line: who may connect. */
  get accessSummary(): string {
    const { access } = this.#core;
    return access.refusesEverybody
      ? "nobody may connect: no plugin authenticates"
      : `clients are let in by ${access.authenticators.join(", ")}`;
  }

  /**
   * Loads the plugins and opens the listeners.
   * @throws ConfigError with every problem; nothing is left open then
   */
  async start(): Promise<void> {
    if (this.#state !== "new") throw new Error(`the broker is ${this.#state}; expected new`);
    this.#state = "starting";
    const core = this.#core;
    try {
      await this.#host.load(core.config.plugins);
      core.usePlugins(this.#host.plugins);
      await runLifeHook(this.#host.plugins, "brokerStarting", {});
      this.#listeners.open(core.config.listeners);
    } catch (error) {
      this.#state = "stopped";
      await this.#host.dispose();
      throw error;
    }
    this.#stopSweep = core.clock.every(SWEEP_INTERVAL_MS, () => sweep(core));
    this.#state = "started";
    await runLifeHook(this.#host.plugins, "brokerStarted", { listeners: this.listeners });
  }

  /** Stops accepting, gives clients what is queued, closes; done after five seconds at the latest. */
  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  /**
   * Follows a changed configuration: plugins, rules and limits of new connections. Nobody is disconnected.
   * @returns a line for each change, and for each one that needs a restart
   * @throws ConfigError and changes nothing
   */
  async reload(config: BrokerConfig): Promise<string[]> {
    const before = this.#core.config;
    const changes = await this.#host.reload(config.plugins);
    if (JSON.stringify(before.listeners) !== JSON.stringify(config.listeners)) {
      changes.push("listeners changed: this takes effect at the next start");
    }
    if (before.limits.maxTotalWriteBacklog !== config.limits.maxTotalWriteBacklog) {
      changes.push("max_total_write_backlog changed: this takes effect at the next start");
    }
    this.#core.config = { ...config, listeners: before.listeners };
    await runLifeHook(this.#host.plugins, "brokerReloading", {});
    this.#core.usePlugins(this.#host.plugins);
    await reauthorizeAll(this.#core);
    return changes;
  }

  /**
   * Publishes in the broker's own name: not checked, and `$` topics are allowed.
   * @throws RangeError for a topic name or payload that MQTT cannot carry
   */
  publish(message: OutgoingMessage): void {
    const { topicName, qos = 0, retain = false } = message;
    const topic = encodeUtf8(topicName, "topic name");
    this.#core.checkTopicName(topicName, topic.length);
    const payload = typeof message.payload === "string"
      ? TEXT.encode(message.payload)
      : message.payload;
    const publish = new OutgoingPublish(
      topicName,
      topic,
      payload,
      qos,
      retain,
      "broker",
      undefined,
    );
    broadcast(this.#core, publish, undefined);
  }

  /** Closes a client's connection; false when it is not connected. */
  kick(clientId: string): boolean {
    const client = this.#core.sessions.get(clientId)?.connection;
    client?.connection.close("kicked");
    return client !== undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    if (this.#state !== "started") {
      this.#state = "stopped";
      return;
    }
    this.#state = "stopping";
    await runLifeHook(this.#host.plugins, "brokerStopping", {});
    this.#core.isStopping = true;
    this.#stopSweep?.();
    const closed = [...this.#core.connections].map(({ connection }) =>
      connection.closeAfterFlush("the broker stops")
    );
    await withDeadline(Promise.all([this.#listeners.close(), ...closed]), STOP_MS);
    await runLifeHook(this.#host.plugins, "brokerStopped", {});
    await this.#host.dispose();
    this.#state = "stopped";
  }

  #contextOwner(): ContextOwner {
    const core = this.#core;
    return {
      core,
      metrics: this.metrics,
      publish: (message) => this.publish(message),
      kick: (clientId) => this.kick(clientId),
      rulesChanged: () => this.#rulesChanged(),
      loggerFor: (plugin) => loggerFor("plugins", plugin),
      authenticators: () => core.access.authenticators,
    };
  }

  #rulesChanged(): void {
    this.#core.usePlugins(this.#host.plugins);
    reauthorizeAll(this.#core).catch((cause: unknown) =>
      this.#core.logger.error(`checking subscriptions again failed: ${cause}`)
    );
  }
}

/** A checked configuration on its way through the constructor. */
class Prepared {
  constructor(readonly config: BrokerConfig, readonly clock: Clock) {}
}

function isPrepared(options: unknown): options is Prepared {
  return options instanceof Prepared;
}
