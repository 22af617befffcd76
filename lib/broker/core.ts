/**
 * What one broker's handlers share, handed to each as an argument. Invariant: no module keeps state of its own;
 * everything hangs here, so that two brokers can live in one process.
 */
import { AccessChain } from "../access/chain/chain.ts";
import { AccessCounters } from "../access/chain/counters.ts";
import { LoginGate } from "../access/chain/login_gate.ts";
import type { Source } from "../access/chain/source.ts";
import { Bans } from "../bans/bans.ts";
import { FlappingDetector } from "../bans/flapping.ts";
import { LocalBus } from "../bus/local.ts";
import type { Bus } from "../bus/bus.ts";
import type { BrokerConfig } from "../config/types.ts";
import { BufferPool } from "../net/buffer_pool.ts";
import type { NetServices } from "../net/connection.ts";
import { FlushQueue } from "../net/flush_queue.ts";
import type { ReadLimit } from "../net/read_limiter.ts";
import { WriteBudget } from "../net/write_budget.ts";
import { Traffic } from "../net/stream.ts";
import { Loopback } from "../net/loopback.ts";
import { Turn } from "../net/turn.ts";
import { makeObservers, type Observers } from "../plugin/hooks.ts";
import { PluginClock } from "../plugin/timers.ts";
import type { Logger } from "../plugin/types.ts";
import { OutgoingPublish } from "../session/outgoing.ts";
import { PayloadSlabs } from "../session/payload_slabs.ts";
import type { SessionServices } from "../session/services.ts";
import { SessionTotals } from "../session/totals.ts";
import type { Journal } from "../storage/journal.ts";
import { mergeOptions, type SubscriptionOptions } from "../session/subscription.ts";
import { TopicCache } from "../topic/topic_cache.ts";
import { SubscriptionTree } from "../topic/tree.ts";
import { decodeUtf8 } from "../wire/utf8.ts";
import type { Client } from "./client.ts";
import type { Clock } from "../clock.ts";
import { ClientLogs } from "./client_logs.ts";
import type { Decisions } from "./decisions.ts";
import { Drop, Drops } from "./drops.ts";
import { Connections } from "./connections.ts";
import { LeavingSessions } from "./leaving.ts";
import { Incidents, type Loser } from "./incidents/incidents.ts";
import { dropped } from "./deliver.ts";
import { checkTopicName } from "./laws.ts";
import { MemoryGuard } from "./memory_guard.ts";
import { MessageExpiry } from "./message_expiry.ts";
import type { Route } from "./route.ts";
import { RetainedMessages } from "./retained_messages.ts";
import { RightsChecks } from "./rights.ts";
import { Pulse } from "./pulse.ts";
import { settle } from "./settling.ts";
import { memberEnded } from "./shared.ts";
import { History } from "./history.ts";
import { type BrokerSession, Sessions } from "./sessions.ts";
import { Tally } from "./tally.ts";
import type { TopicWatch } from "./topic_watch.ts";
import { Vitals } from "./vitals.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";
import type { Trace } from "./trace/trace.ts";
import { Wills } from "./wills.ts";

/** One broker's state. */
export class Core {
  config: BrokerConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly net: NetServices;
  readonly traffic = new Traffic();
  readonly tree = new SubscriptionTree<BrokerSession, SubscriptionOptions>(mergeOptions);
  readonly retained = new RetainedMessages();
  readonly topics: TopicCache<Route>;
  readonly sessions: Sessions;
  /** Of all sessions together. */
  readonly totals = new SessionTotals();
  /** Payloads under way. */
  readonly slabs = new PayloadSlabs();
  readonly connections: Connections;
  readonly messageExpiry = new MessageExpiry(this);
  readonly rights = new RightsChecks(this);
  /** Where what is promised is written; undefined: nowhere. Set before the first client comes. */
  journal: Journal | undefined = undefined;
  readonly wills = new Wills(this);
  /** Brokers beside this one. */
  readonly bus: Bus;
  readonly vitals: Vitals;
  /** Undefined: no one has asked for it. */
  history: History | undefined = undefined;
  readonly logins: LoginGate;
  /** How many messages have begun to spread: the order of the last one. */
  lastOrder = 0;
  readonly drops = new Drops();
  /** Why anything was refused, denied, dropped or disconnected. */
  readonly incidents: Incidents;
  /** The broker itself, as incidents name it. */
  readonly own: Loser = { clientId: "", username: undefined, address: "", lastDrop: undefined };
  /** Connections that ended, and that were refused, by the reason's name. */
  readonly closes = new Tally();
  readonly refusals = new Tally();
  /** How often clients were slowed down, by the limit. */
  readonly slowdowns = new Tally<ReadLimit>();
  readonly bans: Bans;
  readonly flapping = new FlappingDetector();
  /** For whatever clients can cause; `logger` is for what only the house does. */
  readonly logs: ClientLogs;
  /** Filters that were not subscribed, by the limit that is reached. */
  readonly refusedSubscriptions = new Tally();
  readonly memory: MemoryGuard;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly pulse = new Pulse();
  /** The deadlines of plugins' hooks; they end with the broker. */
  readonly hookClock: PluginClock;
  /** The highest number of clients that were connected at once. */
  clientsMaximum = 0;
  plugins: readonly Source[] = [];
  observers: Observers = makeObservers([]);
  access: AccessChain;
  readonly accessCounters = new AccessCounters();
  /** Rises when rules may have changed: verdicts of an earlier generation are void. */
  rulesGeneration = 0;
  /** Rises when what sources themselves remember is void. */
  answersGeneration = 0;
  /** Does a key ask for a look at each message of MQTT 5? Looked up here, for the hot path. */
  looksAtMessages = false;
  isStopping = false;
  /** Notes the last message of each topic; undefined: no one looks. */
  topicWatch: TopicWatch | undefined = undefined;
  /** Follows messages for those who look; undefined: no one does. */
  trace: Trace | undefined = undefined;
  /** The last access decisions; undefined: no one looks at them. */
  decisions: Decisions | undefined = undefined;
  /** What OpenTelemetry gets to see; undefined: it is off. */
  telemetry: Telemetry | undefined = undefined;
  readonly #services = this.#sessionServices();
  readonly #leaving: LeavingSessions;
  /** By listener, of those that show a certificate. */
  certificateDaysLeft: () => Readonly<Record<string, number>> = () => ({});

  constructor(config: BrokerConfig, clock: Clock, logger: Logger, bus: Bus = new LocalBus()) {
    this.bus = bus;
    this.config = config;
    this.clock = clock;
    this.logger = logger;
    this.startedAt = clock.epoch();
    this.incidents = new Incidents(() => clock.epoch(), config.limits.maxIncidents);
    this.hookClock = new PluginClock(clock, logger);
    this.vitals = new Vitals(clock, this.traffic);
    this.logins = new LoginGate(clock);
    this.bans = new Bans({ clock, logger, added: (ban) => this.connections.closeBanned(ban) });
    this.logs = new ClientLogs(logger, clock);
    this.memory = new MemoryGuard(logger);
    this.access = this.#chainOf([]);
    this.connections = new Connections(this);
    this.sessions = new Sessions(
      () => this.config.limits,
      this.#services,
      (session) => this.journal?.recorderFor(session),
    );
    this.topics = new TopicCache(
      (bytes, start, end) => this.#topicName(bytes, start, end),
      config.limits.maxCachedTopics,
    );
    const now = () => clock.now();
    const turn = new Turn(now, 0, new Loopback());
    this.net = {
      pool: new BufferPool(),
      flushQueue: new FlushQueue({ turn, now }),
      turn,
      traffic: this.traffic,
      budget: new WriteBudget(config.limits.maxTotalWriteBacklog),
      now,
    };
    this.slabs.onEnough = () => settle(this.slabs, this.net);
    this.#leaving = new LeavingSessions(this.net, this.tree);
  }

  /** Plugins came or went, have other hooks than before, or the configuration is another: this takes effect now. */
  usePlugins(plugins: readonly Source[]): void {
    this.plugins = plugins;
    const { checkPayloadFormat, fullQueue } = this.config.limits;
    this.looksAtMessages = checkPayloadFormat || fullQueue === "refuse";
    this.observers = makeObservers(plugins);
    this.access = this.#chainOf(plugins);
    this.forgetVerdicts();
  }

  /** Plugins say anew what they observe: what the log wants may be another. */
  observeAgain(): void {
    this.observers = makeObservers(this.plugins);
    for (const client of this.connections.clients) client.observePackets();
  }

  /** Every question is asked anew: what clients, and what sources remember is void. */
  forgetVerdicts(): void {
    this.rulesGeneration++;
    this.forgetAnswers();
  }

  /** What sources remember is void; what clients remember stays. */
  forgetAnswers(): void {
    this.answersGeneration++;
  }

  /** The connected clients, let in. */
  *clients(): Generator<Client> {
    for (const session of this.sessions.all()) {
      if (session.connection !== undefined) yield session.connection;
    }
  }

  get connectedCount(): number {
    return this.sessions.size - this.sessions.detachedCount;
  }

  /** Forgets a session and its subscriptions. */
  endSession(session: BrokerSession): void {
    this.#leaving.add(session)?.catch((cause: unknown) =>
      this.logger.error(`subscriptions of ended sessions stay: ${cause}`)
    );
    this.sessions.delete(session);
    this.rights.forget(session);
    memberEnded(this, session);
    for (const { message } of session.end()) {
      dropped(this, session, OutgoingPublish.of(message), Drop.SESSION_ENDED);
    }
    this.wills.sessionEnded(session);
    this.bus.released(session.clientId);
  }

  /** From now on the last hour is kept. */
  keepHistory(): void {
    if (this.history !== undefined) return;
    this.vitals.measure();
    const history = this.history = new History(this);
    this.vitals.onMoment = () => history.note();
  }

  /** Nothing is waited for any longer; resolves when the bans are saved. */
  async end(): Promise<void> {
    this.hookClock.stop();
    this.vitals.close();
    await this.net.turn.close();
    await this.bans.close();
  }

  /** Messages are followed by this; undefined: no one follows them. */
  followWith(trace: Trace | undefined): void {
    this.trace = this.#services.trace = trace;
  }

  #sessionServices(): { trace: Trace | undefined } & SessionServices {
    return {
      totals: this.totals,
      slabs: this.slabs,
      trace: undefined,
      now: () => this.clock.now(),
      expires: (session) => this.messageExpiry.waits(session),
      discarded: (session, message, why) => {
        const reason = why === "expired" ? Drop.EXPIRED : Drop.TOO_LARGE_FOR_CLIENT;
        dropped(this, session, OutgoingPublish.of(message), reason);
      },
    };
  }

  #chainOf(sources: readonly Source[]): AccessChain {
    const { config, accessCounters: counters, hookClock: clock } = this;
    return new AccessChain(sources, config.access, { counters, clock });
  }

  #topicName(buffer: Uint8Array, start: number, end: number): string {
    const topicName = decodeUtf8(buffer, start, end, "topic name");
    checkTopicName(topicName, this.config.limits, end - start);
    return topicName;
  }
}
