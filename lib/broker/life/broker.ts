/**
 * The broker: configuration in, listeners open, plugins loaded, an orderly stop. Used by the command line and by
 * everybody who embeds Midge. Invariants: a start that fails leaves nothing open; a stop is bounded; two
 * brokers in one process share nothing.
 */
import { normalizeConfig } from "../../config/normalize.ts";
import { restartLines } from "../../config/restart.ts";
import type { BrokerConfig, BrokerOptions } from "../../config/types.ts";
import { loggerFor } from "../../log/logger.ts";
import type { ManagementServer } from "../../manage/server.ts";
import { withDeadline } from "../../wait.ts";
import { runLifeHook } from "../../plugin/hooks.ts";
import { PluginHost } from "../../plugin/host.ts";
import type { ClientView, ListenerView, Metrics, OutgoingMessage } from "../../plugin/types.ts";
import { OutgoingPublish } from "../../session/message.ts";
import { encodeUtf8 } from "../../wire/utf8.ts";
import { type Clock, SYSTEM_CLOCK } from "../../clock.ts";
import { contextFactory, type ContextOwner } from "../face/context.ts";
import { Core } from "../core.ts";
import type { ReloadResult } from "../face/commands.ts";
import type { AccessReport, ExplainRequest } from "../face/explain.ts";
import { Listeners } from "./listeners.ts";
import { openManagement } from "./management.ts";
import { CoreMetrics } from "../face/metrics.ts";
import { broadcast } from "../packets/publish.ts";
import { reauthorizeAll } from "./reauthorize.ts";
import { sweep, SWEEP_INTERVAL_MS } from "./sweep.ts";

/** How long each of the four steps of a stop may take, milliseconds. */
const STEP_MS = 1200;
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
  /** Counters and gauges, as they are when a property is read. */
  readonly metrics: Metrics;
  #state: "new" | "prepared" | "starting" | "started" | "stopping" | "stopped" = "new";
  #stopSweep: (() => void) | undefined;
  #starting: Promise<void> | undefined;
  #reloading: Promise<unknown> = Promise.resolve();
  /** A text says why there is none. */
  #management: ManagementServer | string | undefined;
  /** What `midge ctl reload` does: reads the configuration again. Undefined: the request is refused. */
  onReloadRequest: (() => Promise<ReloadResult>) | undefined;
  #stopping: Promise<void> | undefined;

  /**
   * Takes what the configuration file takes.
   * @throws UserError with every problem
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
    await (await Broker.prepare(config)).stop();
  }

  /**
   * A broker with its plugins, but without listeners: it can `explain`, and must be stopped.
   * @throws UserError with every problem of the plugins
   */
  static async prepare(config: BrokerConfig): Promise<Broker> {
    const broker = Broker.fromConfig(config);
    broker.#state = "prepared";
    await broker.#host.load(config.plugins);
    broker.#usePlugins();
    return broker;
  }

  /** The open listeners, with the ports they got. */
  get listeners(): readonly ListenerView[] {
    return this.#listeners.views;
  }

  /** The connected clients. */
  get clients(): readonly ClientView[] {
    return [...this.#core.clients()].map(({ info }) => info);
  }

  /** Where `midge ctl` reaches the broker; undefined: nowhere. */
  get management(): string | undefined {
    return typeof this.#management === "object" ? this.#management.where : undefined;
  }

  /** One line: who may connect. */
  get accessSummary(): string {
    const { authenticators } = this.#core.access;
    if (authenticators.length === 0) return "nobody may connect: no plugin authenticates";
    if (this.isOpen) return "anyone may connect: no plugin but auth_anonymous authenticates";
    return `clients are let in by ${authenticators.join(", ")}`;
  }

  /** Does nothing but auth_anonymous, which has no passwords, stand between a client and the broker? */
  get isOpen(): boolean {
    const { authenticators } = this.#core.access;
    return authenticators.length === 1 && authenticators[0] === "auth_anonymous";
  }

  /**
   * Loads the plugins and opens the listeners.
   * @throws UserError with every problem; nothing is left open then
   */
  async start(): Promise<void> {
    this.#expect("new");
    this.#state = "starting";
    await (this.#starting = this.#start());
  }

  /** Stops accepting, gives clients what is queued, closes; done after five seconds at the latest. */
  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  /**
   * Follows a changed configuration: plugins, rules and limits of new connections. Nobody is disconnected.
   * @returns changes: a line for each, also for those that need a restart; problems: what could not be read again
   * @throws UserError and changes nothing
   */
  reload(config: BrokerConfig): Promise<ReloadResult> {
    const reloaded = this.#reloading.then(() => this.#reload(config));
    this.#reloading = reloaded.catch(() => {}); // whoever asked hears of it
    return reloaded;
  }

  /**
   * Has every plugin read its rules again and asks about living subscriptions again.
   * @returns a line for each problem: what was there before holds
   */
  reloadRules(): Promise<string[]> {
    const reloaded = this.#reloading.then(() => this.#reloadRules());
    this.#reloading = reloaded.catch(() => {}); // whoever asked hears of it
    return reloaded;
  }

  /**
   * Why a client may or may not publish, subscribe or receive.
   * @throws UserError for an unknown client id and for a topic that is none
   */
  async explain(request: ExplainRequest): Promise<AccessReport> {
    const { explain } = await import("../face/explain.ts");
    return await explain(this.#core, request);
  }

  /**
   * Publishes in the broker's own name: not checked, and `$` topics are allowed.
   * @throws ProtocolError for a topic name that cannot be published to
   * @throws RangeError, TypeError for what MQTT cannot carry
   */
  publish(message: OutgoingMessage): void {
    const { topicName, qos = 0, retain = false } = message;
    const topic = encodeUtf8(topicName, "topic name");
    this.#core.checkTopicName(topicName, topic.length);
    if (qos !== 0 && qos !== 1 && qos !== 2) throw new RangeError(`QoS ${qos} is not 0, 1 or 2`);
    const payload = toPayload(message.payload);
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

  /** The same as `stop`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #expect(state: "new" | "starting" | "started"): void {
    if (this.#state !== state) throw new Error(`the broker is ${this.#state}; expected ${state}`);
  }

  async #start(): Promise<void> {
    const core = this.#core;
    try {
      await this.#host.load(core.config.plugins);
      this.#usePlugins();
      await runLifeHook(this.#host.plugins, "brokerStarting", {});
      this.#management = await openManagement(core, this);
      this.#expect("starting"); // it may have been stopped meanwhile
      this.#listeners.open(core.config.listeners);
    } catch (error) {
      this.#state = "stopped";
      await this.#closeManagement();
      await this.#host.dispose();
      throw error;
    }
    this.#stopSweep = core.clock.every(SWEEP_INTERVAL_MS, () => sweep(core));
    this.#state = "started";
    if (typeof this.#management === "string") core.logger.warn(this.#management);
    await runLifeHook(this.#host.plugins, "brokerStarted", { listeners: this.listeners });
  }

  async #stop(): Promise<void> {
    const wasStarted = this.#state === "started";
    this.#state = wasStarted ? "stopping" : "stopped";
    if (wasStarted) await this.#stopInOrder();
    else await this.#atMost("the start", this.#starting?.catch(() => {})); // whoever started hears of it
    await this.#host.dispose(); // of a broker that was only prepared
    this.#state = "stopped";
  }

  async #stopInOrder(): Promise<void> {
    const unmanaged = this.#closeManagement();
    await this.#atMost("a reload", this.#reloading);
    await this.#atMost("management", unmanaged);
    await this.#atMost("brokerStopping", runLifeHook(this.#host.plugins, "brokerStopping", {}));
    this.#core.isStopping = true;
    this.#stopSweep?.();
    const closed = [...this.#core.connections].map(({ connection }) =>
      connection.closeAfterFlush("the broker stops")
    );
    await this.#atMost("closing", Promise.all([this.#listeners.close(), ...closed]));
    const stopped = runLifeHook(this.#host.plugins, "brokerStopped", {});
    await this.#atMost("brokerStopped and dispose", stopped.then(() => this.#host.dispose()));
    await this.#host.dispose(); // where a hook never answered
  }

  /** Waits for a step of the stop, but not for ever. */
  async #atMost(step: string, done: Promise<unknown> | undefined): Promise<void> {
    if (done === undefined || await withDeadline(done, STEP_MS)) return;
    this.#core.logger.warn(`${step} took longer than ${STEP_MS} ms; the stop goes on`);
  }

  async #reload(config: BrokerConfig): Promise<ReloadResult> {
    this.#expect("started");
    const core = this.#core;
    const before = core.config;
    const changes = await this.#host.reload(config.plugins, () => {
      core.config = { ...config, listeners: before.listeners };
      this.#usePlugins();
    });
    const problems = await this.#reloadRules();
    return { changes: [...changes, ...restartLines(before, config)], problems };
  }

  async #closeManagement(): Promise<void> {
    if (typeof this.#management === "object") await this.#management.close();
  }

  async #reloadRules(): Promise<string[]> {
    this.#expect("started");
    const problems = await runLifeHook(this.#host.plugins, "brokerReloading", {});
    this.#usePlugins();
    await reauthorizeAll(this.#core);
    return problems;
  }

  /** From now on the host's plugins decide and observe, also for clients that are there already. */
  #usePlugins(): void {
    this.#core.usePlugins(this.#host.plugins);
    for (const client of this.#core.connections) client.observePackets();
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
    this.#usePlugins();
    reauthorizeAll(this.#core).catch((cause: unknown) =>
      this.#core.logger.error(`checking subscriptions again failed: ${cause}`)
    );
  }
}

function toPayload(payload: unknown): Uint8Array {
  if (typeof payload === "string") return TEXT.encode(payload);
  if (payload instanceof Uint8Array) return payload;
  throw new TypeError("a payload must be a string or a Uint8Array");
}

/** A checked configuration on its way through the constructor. */
class Prepared {
  constructor(readonly config: BrokerConfig, readonly clock: Clock) {}
}

function isPrepared(options: unknown): options is Prepared {
  return options instanceof Prepared;
}
