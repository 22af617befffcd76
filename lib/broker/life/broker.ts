/**
 * The broker: configuration in, listeners open, plugins loaded, an orderly stop. Invariants: a start that fails leaves
 * nothing open; a stop is bounded; two brokers in one process share nothing.
 */
import { type Clock, SYSTEM_CLOCK } from "../../clock.ts";
import { type BrokerSource, configOf } from "../../config/source.ts";
import { loggerFor } from "../../log/logger.ts";
import type { ManagementServer } from "../../manage/server.ts";
import type { ByteStream } from "../../net/stream.ts";
import { runLifeHook } from "../../plugin/hooks.ts";
import { PluginHost } from "../../plugin/host.ts";
import type { Metrics } from "../../plugin/metrics.ts";
import type { ClientView, ListenerView, OutgoingMessage, PeerOptions } from "../../plugin/types.ts";
import { publishOwn } from "../broadcast.ts";
import { Core } from "../core.ts";
import { Admin, type Control, type ReloadResult } from "../face/admin.ts";
import type { BrokerBans } from "../face/bans.ts";
import { contextFactory } from "../face/context.ts";
import type { ExplainRequest } from "../face/explain.ts";
import { coreMetrics } from "../face/metrics.ts";
import type { Pulse } from "../pulse.ts";
import { Listeners } from "./listeners.ts";
import { Logins } from "./logins.ts";
import { openManagement } from "./management.ts";
import { followConfig, followRules, type Reloaded } from "./reload.ts";
import { atMost, stopInOrder } from "./stop.ts";
import type { BrokerParts } from "./parts.ts";
import { openStorage, type Storage } from "./storage.ts";
import { keepSweeping } from "./sweep.ts";
import { openTelemetry } from "../telemetry/telemetry.ts";
import { joinBus } from "../bus/member.ts";
import { judgeOf } from "./together.ts";
import type { AccessReport } from "../../manage/access_report.ts";

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
  readonly #admin: Admin;
  /** Counters and gauges, read when a property is read. */
  readonly metrics: Metrics;
  /** Who may not come in. */
  readonly bans: BrokerBans;
  /** Signs of life, for who watches over the process. */
  readonly pulse: Pulse;
  #state: "new" | "prepared" | "starting" | "started" | "stopping" | "stopped" = "new";
  #stopSweep: (() => void) | undefined;
  #starting: Promise<void> | undefined;
  readonly #reloaded: Reloaded;
  #reloading: Promise<unknown> = Promise.resolve();
  /** A text says why there is none. */
  #management: ManagementServer | string | undefined;
  /** What `midge ctl reload` does: reads the configuration again. Undefined: the request is refused. */
  onReloadRequest: (() => Promise<ReloadResult>) | undefined;
  /** Says what is for the eyes of who starts it alone, and for no log; set before the start. */
  set tell(tell: (line: string) => void) {
    this.#admin.tell = tell;
  }
  /** What `midge ctl stop` does; without it the request is refused. */
  set onStopRequest(stop: () => void) {
    this.#admin.onStop = stop;
  }
  #stopping: Promise<void> | undefined;
  #storage: Storage | undefined;
  readonly #parts: BrokerParts;

  /**
   * Takes what the configuration file takes; relative paths are relative to the working directory.
   * @throws UserError with every problem
   */
  constructor(source: BrokerSource = {}, clock: Clock = SYSTEM_CLOCK, parts: BrokerParts = {}) {
    this.#parts = parts;
    const core = this.#core = new Core(configOf(source), clock, loggerFor("broker"), parts.bus);
    this.metrics = coreMetrics(core);
    this.pulse = core.pulse;
    this.#listeners = new Listeners(core);
    this.#admin = new Admin(core, this.#control());
    this.bans = this.#admin.bans;
    this.#host = new PluginHost(
      contextFactory({ core, admin: this.#admin, rulesChanged: () => this.#rulesChanged() }),
      core.config.file,
      judgeOf(core),
    );
    const [host, listeners, usePlugins] = [this.#host, this.#listeners, () => this.#usePlugins()];
    this.#reloaded = { core, host, listeners, usePlugins };
  }

  /** Loads and disposes of the plugins: everything that a start checks, listeners' files too, but opens no listener. */
  static async check(source: BrokerSource): Promise<void> {
    await (await Broker.prepare(source)).stop();
  }

  /** Its plugins, but no listeners: it can `explain`, and must be stopped. @throws UserError with every problem */
  static async prepare(source: BrokerSource): Promise<Broker> {
    const broker = new Broker(source);
    broker.#state = "prepared";
    await broker.#listeners.check();
    await broker.#core.bans.check(broker.#core.config.dataDir);
    await broker.#host.load(broker.#core.config.plugins);
    broker.#usePlugins();
    return broker;
  }

  /** The open ones, with the ports they got. */
  get listeners(): readonly ListenerView[] {
    return this.#listeners.views;
  }

  /** The connected clients. */
  get clients(): readonly ClientView[] {
    return [...this.#admin.clients()];
  }

  /** One line for each listener: where it listens, and what it asks of clients. */
  get listenerLines(): string[] {
    return this.#listeners.lines;
  }

  /** Where `midge ctl` reaches the broker; undefined: nowhere. */
  get management(): string | undefined {
    return typeof this.#management === "object" ? this.#management.where : undefined;
  }

  /** One line: who may connect. */
  get accessSummary(): string {
    return this.logins.summary;
  }

  /** May anyone connect: does every plugin that authenticates let clients in without proof? */
  get isOpen(): boolean {
    return this.logins.isOpen;
  }

  /** Who can log in as things are. */
  get logins(): Logins {
    return new Logins(this.#core);
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
   * Follows a changed configuration: plugins, rules and limits of new connections. No one is disconnected.
   * @returns what changed, also what needs a restart; what could not be read again; whom it lets in that was kept out
   * @throws UserError and changes nothing
   */
  reload(source: BrokerSource): Promise<ReloadResult> {
    return this.#oneAtATime(() => followConfig(configOf(source), this.#reloaded));
  }

  /** Has every plugin read its rules again, and asks about living subscriptions again; a line for each problem. */
  reloadRules(): Promise<string[]> {
    return this.#oneAtATime(() => followRules(this.#reloaded));
  }

  /** Why a client may or may not publish, subscribe or receive. @throws UserError: an unknown client id, no topic */
  explain(request: ExplainRequest): Promise<AccessReport> {
    return this.#admin.explain(request);
  }

  /**
   * Publishes in the broker's own name: not checked, and `$` topics are allowed.
   * @throws ProtocolError for a topic name that cannot be published to; RangeError, TypeError for what MQTT cannot carry
   */
  publish(message: OutgoingMessage): void {
    publishOwn(this.#core, message);
  }

  /** Closes a client's connection; false when it is not connected. */
  kick(clientId: string): boolean {
    return this.#admin.kick(clientId);
  }

  /**
   * Serves a connection that came in elsewhere, as if a listener had accepted it (a WebSocket of a page), till it is over.
   * Limits, time-outs and access rules hold for it. @throws Error while the broker does not run; the stream is closed then
   */
  async accept(stream: ByteStream, peer: PeerOptions): Promise<void> {
    await this.#admin.accept(stream, peer, "embedded");
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
      this.#storage = await openStorage(core, this.#parts.openLog);
      await Promise.all([core.bans.open(core.config.dataDir), openTelemetry(core)]);
      await joinBus(core);
      await runLifeHook(this.#host.plugins, "brokerStarting", {}, core.hookClock);
      this.#management = await openManagement(core, this.#admin);
      await this.#listeners.open(core.config.listeners);
      this.#expect("starting"); // it may have been stopped meanwhile
    } catch (error) {
      this.#state = "stopped";
      await Promise.all([this.#listeners.close(), this.#closeManagement()]);
      await this.#storage?.close();
      await this.#host.dispose();
      await Promise.all([core.end(), core.bus.leave()]);
      throw error;
    }
    this.#stopSweep = keepSweeping(core);
    this.#state = "started";
    if (typeof this.#management === "string") core.logger.warn(this.#management);
    const started = { listeners: this.listeners };
    await runLifeHook(this.#host.plugins, "brokerStarted", started, core.clock);
  }

  async #stop(): Promise<void> {
    const wasStarted = this.#state === "started";
    this.#state = wasStarted ? "stopping" : "stopped";
    if (wasStarted) {
      await stopInOrder({
        core: this.#core,
        host: this.#host,
        listeners: this.#listeners,
        reloading: this.#reloading,
        closeManagement: () => this.#closeManagement(),
        stopSweep: () => this.#stopSweep?.(),
        closeStorage: () => this.#storage?.close(),
      });
    } else if (this.#starting !== undefined) {
      await atMost(this.#core, "the start", this.#starting.catch(() => {})); // the caller of start hears of it
    }
    await this.#host.dispose(); // of a broker that was only prepared
    await atMost(this.#core, "saving bans", this.#core.end());
    this.#state = "stopped";
  }

  /** Reloads of a running broker do not overlap. */
  #oneAtATime<T>(reload: () => Promise<T>): Promise<T> {
    const reloaded = this.#reloading.then(() => {
      this.#expect("started");
      return reload();
    });
    this.#reloading = reloaded.catch(() => {}); // the caller hears of it
    return reloaded;
  }

  async #closeManagement(): Promise<void> {
    if (typeof this.#management === "object") await this.#management.close();
  }

  /** From now on the host's plugins decide and observe, also for clients that are there already. */
  #usePlugins(): void {
    this.#core.usePlugins(this.#host.plugins);
    for (const client of this.#core.connections.clients) client.observePackets();
  }

  #control(): Control {
    return {
      metrics: this.metrics,
      listeners: this.#listeners,
      isRunning: () => this.#state === "started",
      reloadRules: () => this.reloadRules(),
      reload: () => this.onReloadRequest?.(),
      check: Broker.check,
    };
  }

  #rulesChanged(): void {
    this.#usePlugins();
    this.#core.rights.recheck();
  }
}
