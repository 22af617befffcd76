/**
 * What a plugin may be and do: the hook types and the context. Public through mod.ts; used by the
 * loader, the runners, every packaged plugin and strangers'. Invariant: every hook takes one object,
 * so that fields can be added; this file has types only.
 */
import type { Clock } from "../clock.ts";
import type { Packet, ProtocolLevel, QoS, ReturnCode } from "../wire/packets.ts";

/** Publish and subscribe are asked of clients; receive is asked for each delivery. */
export type Action = "publish" | "subscribe" | "receive";

/** A read-only view of a client, alike before and after it is let in. */
export interface ClientView {
  /** Empty before CONNECT; then the client's own, or the one the broker chose. */
  readonly clientId: string;
  /** Undefined when CONNECT had none. */
  readonly username: string | undefined;
  /** The peer's address without port: `192.0.2.7`, `2001:db8::1`, or a path for a Unix socket. */
  readonly address: string;
  /** The peer's port; 0 where there is none. */
  readonly port: number;
  /** The listener's name in the configuration. */
  readonly listener: string;
  /** `tcp`, `tls`, `ws`, `wss`, `unix`. */
  readonly transport: string;
  /** 3 is MQTT 3.1, 4 is MQTT 3.1.1. */
  readonly protocolLevel: ProtocolLevel;
  /** Does its session end with the connection? */
  readonly cleanSession: boolean;
  /** Seconds. */
  readonly keepAlive: number;
  /** Decided once, at CONNECT. */
  readonly superuser: boolean;
  /** Let in without a username. */
  readonly anonymous: boolean;
  /** The client certificate's common name and subject, where TLS asked for one. */
  readonly certificate?: { readonly commonName: string; readonly subject: string } | undefined;
  /** A place for plugins to leave data on a client; keys are plugin names. */
  readonly attributes: Map<string, unknown>;
}

/** An answer of a deciding hook with more to say. */
export interface Decision {
  /** The answer; undefined: no opinion. */
  result: "allow" | "deny" | undefined;
  /** authenticate: the client skips publish, subscribe and receive checks. */
  superuser?: boolean;
  /** authenticate: the name the client goes by from now on. */
  username?: string;
  /** authenticate: CONNACK's return code of a refusal. */
  returnCode?: ReturnCode;
  /** For people: the rule, row or line that decided; `midge acl explain` prints it. */
  because?: string;
  /**
   * The source could not answer and this is what it says instead (`on_error`). Such a ruling is not
   * remembered and takes no right away that is in use. With an undefined result: no opinion, and why.
   */
  failed?: boolean;
}

/** A deciding hook's answer; undefined means: no opinion, ask the next. */
export type Verdict = "allow" | "deny" | Decision | undefined;

/** A value now or later. */
export type MaybePromise<T> = T | Promise<T>;

/** Asked at CONNECT. */
export interface AuthenticateRequest {
  /** Who wants to come in. */
  readonly client: ClientView;
  /** Borrowed: valid during the call; copy to keep. */
  readonly password: Uint8Array | undefined;
  /** Fires when the answer is no longer wanted. */
  readonly signal: AbortSignal;
}

/** Asked for each PUBLISH and for each filter of a SUBSCRIBE (verdicts are cached). */
export interface AuthorizeRequest {
  /** Who wants to. */
  readonly client: ClientView;
  /** What the client wants to do. */
  readonly action: "publish" | "subscribe";
  /** The topic name, or the topic filter without its `$share/GROUP/` or `$queue/`. */
  readonly topic: string;
  /** Of the message, or the QoS asked for. */
  readonly qos: QoS;
  /** The message's RETAIN flag; false for subscribe. */
  readonly retain: boolean;
  /** Fires when the answer is no longer wanted. */
  readonly signal: AbortSignal;
}

/** Asked for each delivery, of sources that have receive rules; answered from memory. */
export interface ReceiveRequest {
  /** Who would get the message. */
  readonly client: ClientView;
  /** The message's topic name. */
  readonly topic: string;
  /** The QoS the message was published with. */
  readonly qos: QoS;
  /** The RETAIN flag the message was published with. */
  readonly retain: boolean;
}

/** An application message as observers see it. */
export interface MessageView {
  /** What it was published to. */
  readonly topicName: string;
  /** Borrowed: valid during the call; copy to keep. */
  readonly payload: Uint8Array;
  /** What it was published with. */
  readonly qos: QoS;
  /** What it was published with. */
  readonly retain: boolean;
  /** Who sent it into the broker. */
  readonly origin: "client" | "broker";
}

/**
 * The hooks a plugin may have; a plugin returns those it wants. Deciding hooks answer a
 * {@link Verdict}; observing hooks are named in the past tense, and their result is ignored.
 */
export interface Hooks {
  /** Deciding: may this client come in? First allow or deny in config order is final. */
  authenticate?(request: AuthenticateRequest): MaybePromise<Verdict>;
  /** Deciding: is a client that another source let in a superuser? */
  superuser?(
    request: { readonly client: ClientView; readonly signal: AbortSignal },
  ): MaybePromise<boolean>;
  /** Deciding: may this client publish to this topic, subscribe to this filter? */
  authorize?(request: AuthorizeRequest): MaybePromise<Verdict>;
  /** Deciding, synchronous: may this message be handed to this client? */
  authorizeReceive?(request: ReceiveRequest): Verdict;

  /** The configuration is read, no listener is open yet. Awaited. */
  brokerStarting?(event: Record<never, never>): MaybePromise<void>;
  /** All listeners are open. Awaited. */
  brokerStarted?(event: { readonly listeners: readonly ListenerView[] }): MaybePromise<void>;
  /**
   * The configuration is read again, your options are the same: read your files again. Awaited; hooks
   * that you have added to your object by then count from here on. What you return are problems, a line
   * each, for whoever asked for the reload: what you could not use, so that what was there before holds.
   */
  brokerReloading?(event: Record<never, never>): MaybePromise<readonly string[] | void>;
  /** The broker is about to stop; clients are still connected. Awaited. */
  brokerStopping?(event: Record<never, never>): MaybePromise<void>;
  /** Every connection is closed. Awaited. */
  brokerStopped?(event: Record<never, never>): MaybePromise<void>;

  /** A connection was let in: after the positive CONNACK. */
  clientConnected?(
    event: { readonly client: ClientView; readonly sessionPresent: boolean },
  ): MaybePromise<void>;
  /** A connection that was let in has ended. */
  clientDisconnected?(
    event: { readonly client: ClientView; readonly reason: string },
  ): MaybePromise<void>;
  /** A CONNECT was refused. */
  clientRefused?(
    event: {
      readonly client: ClientView;
      readonly returnCode: ReturnCode;
      readonly reason: string;
    },
  ): MaybePromise<void>;
  /** A filter was granted. */
  clientSubscribed?(
    event: { readonly client: ClientView; readonly topicFilter: string; readonly qos: QoS },
  ): MaybePromise<void>;
  /** A filter was given back, or taken away. */
  clientUnsubscribed?(
    event: { readonly client: ClientView; readonly topicFilter: string },
  ): MaybePromise<void>;

  /** A PUBLISH arrived; before any check. */
  messageReceived?(
    event: { readonly client: ClientView; readonly message: MessageView },
  ): MaybePromise<void>;
  /** A message passed all checks and goes to the subscribers. `client` is undefined when the broker sent it. */
  messageBroadcast?(
    event: { readonly client: ClientView | undefined; readonly message: MessageView },
  ): MaybePromise<void>;
  /** A message was kept as retained message of its topic; an empty payload: removed. */
  messageRetained?(
    event: { readonly client: ClientView | undefined; readonly message: MessageView },
  ): MaybePromise<void>;
  /** A message was queued for a client that is not connected. */
  messageQueued?(
    event: { readonly clientId: string; readonly message: MessageView },
  ): MaybePromise<void>;
  /** A message was thrown away. `reason`: `queue full`, `slow client`, `denied`, ... */
  messageDropped?(
    event: { readonly clientId: string; readonly message: MessageView; readonly reason: string },
  ): MaybePromise<void>;

  /** Any packet came in. `client` is undefined for CONNECT. The packet is valid during the call. */
  packetReceived?(event: PacketEvent): MaybePromise<void>;
  /** Any packet went out. */
  packetSent?(event: PacketEvent): MaybePromise<void>;

  /** Reporting: how is the server that answers for this plugin? Read by `midge ctl status` and `$SYS`. */
  health?(): SourceHealth;

  /** Free what setup made. Called in reverse order of setup, at stop and when options change. */
  dispose?(): MaybePromise<void>;
}

/** How a server that a plugin asks is doing. */
export interface SourceHealth {
  /** `unknown` until it was asked for the first time. */
  readonly state: "unknown" | "up" | "down";
  /** Since when, epoch milliseconds. */
  readonly since: number;
  /** The last failure in one line, also when it is up again. */
  readonly lastError: string | undefined;
  /** Questions since the start. */
  readonly answered: number;
  /** Questions without an answer, since the start. */
  readonly failed: number;
}

/** A packet that came or went, decoded when `packet` is read. */
export interface PacketEvent {
  /** Undefined before CONNECT. */
  readonly clientId: string | undefined;
  /** Valid during the call. */
  readonly packet: Packet;
}

/** An open listener. */
export interface ListenerView {
  /** Its name in the configuration. */
  readonly name: string;
  /** `tcp`, ... */
  readonly type: string;
  /** `host:port` as bound, the port known also where 0 was asked for. */
  readonly address: string;
  /** As bound. */
  readonly port: number;
}

/** Writes to the broker's log under the plugin's name. */
export interface Logger {
  /** Every event, for those who look for something. */
  debug(message: string, properties?: Record<string, unknown>): void;
  /** What an operator may want to know. */
  info(message: string, properties?: Record<string, unknown>): void;
  /** What ought to be looked after. */
  warn(message: string, properties?: Record<string, unknown>): void;
  /** What went wrong. */
  error(message: string, properties?: Record<string, unknown>): void;
  /** Would a record of this level be written anywhere? */
  isEnabledFor(level: "debug" | "info" | "warning" | "error"): boolean;
}

/** What sources of access decisions are asked. */
export type AccessQuestion = "authenticate" | "superuser" | "authorize" | "receive";

/** How often a source gave which answer to one kind of question, since the start. */
export interface AnswerCounts {
  /** It allowed. */
  readonly allow: number;
  /** It denied. */
  readonly deny: number;
  /** It had no opinion. */
  readonly ignore: number;
  /** It failed, whatever was made of that. */
  readonly error: number;
  /** Its answers that clients' caches (`acl_cache`) gave again. */
  readonly cacheHits: number;
  /** All its answers together; deliveries (receive) are not timed. */
  readonly microseconds: number;
  /** Its slowest answer. */
  readonly worstMicroseconds: number;
}

/** One source and one kind of question. */
export interface SourceMetrics {
  /** The plugin's name. */
  readonly source: string;
  /** What it was asked. */
  readonly question: AccessQuestion;
  /** What it said. */
  readonly counts: AnswerCounts;
}

/** Access decisions since the start. */
export interface AccessMetrics {
  /** Questions that a client's cache could answer. What repeats a client's last publish is not even looked up. */
  readonly cacheHits: number;
  /** Questions that sources had to answer. */
  readonly cacheMisses: number;
  /** In the order of asking. */
  readonly sources: readonly SourceMetrics[];
  /** The plugins that ask a server and tell how it is doing. */
  readonly health: readonly { readonly source: string; readonly health: SourceHealth }[];
}

/** Counters and gauges, read when a property is read. */
export interface Metrics {
  /** From the network, since the start. */
  readonly bytesReceived: number;
  /** To the network, since the start. */
  readonly bytesSent: number;
  /** Of all types. */
  readonly packetsReceived: number;
  /** Of all types. */
  readonly packetsSent: number;
  /** PUBLISH packets, those that were denied included. */
  readonly publishReceived: number;
  /** PUBLISH packets, those that were sent again included. */
  readonly publishSent: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Now. */
  readonly clientsConnected: number;
  /** The most at once, since the start. */
  readonly clientsMaximum: number;
  /** Known sessions without a connection. */
  readonly clientsDisconnected: number;
  /** QoS > 0 exchanges under way, from clients. */
  readonly inflightIn: number;
  /** QoS > 0 exchanges under way, to clients. */
  readonly inflightOut: number;
  /** Messages queued for absent or slow clients. */
  readonly messagesQueued: number;
  /** Thrown away, by reason. */
  readonly messagesDropped: Readonly<Record<string, number>>;
  /** Without those under `$SYS`. */
  readonly retainedCount: number;
  /** Subscriptions of all sessions. */
  readonly subscriptionsCount: number;
  /** Undefined on a client. */
  readonly access?: AccessMetrics | undefined;
}

/** A message to publish in the broker's own name. */
export interface OutgoingMessage {
  /** Without wildcards. */
  topicName: string;
  /** A text is sent as UTF-8. */
  payload: Uint8Array | string;
  /** Default 0. */
  qos?: QoS;
  /** Default false. */
  retain?: boolean;
}

/** What a plugin gets from its host. */
export interface PluginContext {
  /** The plugin's name as the configuration has it. */
  readonly name: string;
  /** Who loads the plugin. */
  readonly side: "broker" | "client";
  /** Midge's version, `0.1.0`. */
  readonly version: string;
  /** Writes under `midge.plugins.NAME`. */
  readonly logger: Logger;
  /** Relative paths in options are relative to this folder, that of the configuration file. */
  readonly directory: string;
  /** Counters of the whole broker or client. */
  readonly metrics: Metrics;
  /** Time, as the host has it; timers end with the plugin. Its functions need no `this`. */
  readonly clock: Clock;
  /** Publishes in the broker's own name; not checked, may go to `$` topics. */
  publish(message: OutgoingMessage): void;
  /** The connected clients. */
  clients(): Iterable<ClientView>;
  /** Names of the plugins that the configuration has, in order. */
  readonly plugins: readonly string[];
  /**
   * Does a loaded plugin other than this one and auth_anonymous authenticate? Known once all plugins
   * are set up: from the first hook on, not yet in `setup`.
   */
  readonly hasOtherAuthenticator: boolean;
  /** `acl_wildcards` as it is now; undefined on a client. */
  readonly wildcards?: "strict" | "emqx" | undefined;
  /** Rises when rules may have changed: what a plugin remembers of earlier answers is void then. */
  readonly rulesGeneration?: number | undefined;
  /** Closes a client's connection; false when it is not connected. */
  kick(clientId: string): boolean;
  /** Rules changed: forget cached verdicts and check living subscriptions again. */
  rulesChanged(): void;
}

/** Checks a plugin's options: any Standard Schema (valibot, zod, arktype, ...) fits. */
export interface OptionsSchema<Output> {
  /** The one property that Standard Schema asks for. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) => MaybePromise<
      | { readonly value: Output; readonly issues?: undefined }
      | {
        readonly issues: ReadonlyArray<{
          readonly message: string;
          readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
        }>;
      }
    >;
    // deno-lint-ignore no-explicit-any -- Standard Schema's own type carries both here
    readonly types?: any;
  };
}

/** A plugin: what a module exports as default. */
export interface Plugin<Options = unknown> {
  /** The short name people write in the configuration. */
  readonly name: string;
  /** Of this interface. */
  readonly apiVersion: 1;
  /** Without it the plugin takes no options, and any option is an error. */
  readonly options?: OptionsSchema<Options>;
  /** Does it decide about authentication when it is loaded with these options? Default: has an authenticate hook. */
  setup(options: Options, context: PluginContext): MaybePromise<Hooks>;
}
