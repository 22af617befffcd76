/**
 * The hooks a plugin may have, as a plugin writes them. Invariant: every hook takes one object, so that fields
 * can be added, but those that report, and those that store and manage, which are objects; types only. Their kinds stand in
 * hooks.ts, which the compiler compares.
 */
import type { ReasonCode } from "../wire/codes.ts";
import type { Packet, QoS, RetainHandling, ReturnCode } from "../wire/packets.ts";
import type {
  AuthenticateRequest,
  AuthenticateStepRequest,
  AuthorizeRequest,
  ReceiveRequest,
  StepVerdict,
  Verdict,
} from "./decisions.ts";
import type { ObservingHook } from "./hooks.ts";
import type { RuleStore, UserStore } from "./managing.ts";
import type { AuthorizeUses } from "./plugin.ts";
import type { SourceHealth } from "./metrics.ts";
import type { BatchStorage } from "./storage.ts";
import type { ClientView, ListenerView, MaybePromise, MessageView } from "./types.ts";

/**
 * The hooks a plugin may have; a plugin returns those it wants, and its host freezes the object: what may
 * change later says a reporting hook. Deciding hooks answer a
 * {@link Verdict}; observing hooks are named in the past tense, and their result is ignored.
 */
export interface Hooks {
  /** Deciding: may this client come in? First allow or deny in config order is final. */
  authenticate?(request: AuthenticateRequest): MaybePromise<Verdict>;
  /**
   * Deciding: a step of MQTT 5's enhanced authentication. The first plugin that answers step 0 has the exchange, and is
   * asked alone about the rest of it; a client with a method is asked about in this way only.
   */
  authenticateStep?(request: AuthenticateStepRequest): MaybePromise<StepVerdict>;
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
   * The configuration is read again, your options are the same: read your files again. Awaited. What you
   * return are problems, a line each, for the one who asked for the reload: what you could not use, so that
   * what was there before holds.
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
    event: {
      readonly client: ClientView;
      /** Undefined: the network connection was lost. */
      readonly code: ReasonCode | undefined;
      readonly reason: string;
    },
  ): MaybePromise<void>;
  /** A CONNECT was refused. `returnCode` is what MQTT 3.1.1 makes of `code`. */
  clientRefused?(
    event: {
      readonly client: ClientView;
      readonly returnCode: ReturnCode;
      readonly code: ReasonCode;
      readonly reason: string;
    },
  ): MaybePromise<void>;
  /** A filter was granted. */
  clientSubscribed?(event: SubscribedEvent): MaybePromise<void>;
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
    event: {
      readonly clientId: string;
      readonly message: MessageView;
      /** Undefined: no packet has a code for it. */
      readonly code: ReasonCode | undefined;
      readonly reason: string;
    },
  ): MaybePromise<void>;

  /** Any packet came in. `client` is undefined for CONNECT. The packet is valid during the call. */
  packetReceived?(event: PacketEvent): MaybePromise<void>;
  /** Any packet went out. */
  packetSent?(event: PacketEvent): MaybePromise<void>;

  /** Reporting: how is the server that answers for this plugin? `midge ctl status` and `$SYS` show it. */
  health?(): SourceHealth;
  /**
   * Reporting: why can no client log in through this plugin as things are? Undefined: some can. Asked at the start,
   * and by `midge check`.
   */
  admitsNoOne?(): string | undefined;
  /** Reporting: the methods that authenticateStep knows, for people. Absent: it does not say. */
  authenticationMethods?(): readonly string[];
  /**
   * Reporting: does authorizeReceive have any rules now? While no plugin has, deliveries cost nothing. Asked
   * whenever hooks are put to use: at the start, at a reload, after `rulesChanged`. Absent: yes.
   */
  hasReceiveRules?(): boolean;
  /**
   * Reporting: what can an answer of authorize depend on now? Asked at the same times. Absent: what the plugin says of
   * itself.
   */
  authorizeUses?(): AuthorizeUses;
  /** Reporting: would this observing hook do anything now? Asked at the same times. Absent: yes. */
  observes?(hook: ObservingHook): boolean;

  /**
   * Storing: keeps what is to outlive the broker, in place of the broker's own files. `storage` in the configuration
   * has to name the plugin: `storage: {plugin: NAME}`. A client does not use it.
   */
  storage?: BatchStorage;

  /** Managing: users that the plugin keeps itself, and lets be changed. A client does not use it. */
  users?: UserStore;
  /** Managing: rules that the plugin can show, and perhaps lets be changed. A client does not use it. */
  rules?: RuleStore;

  /** Free what setup made. Called in reverse order of setup, at stop and when options change. */
  dispose?(): MaybePromise<void>;
}

/** A filter that was granted. What MQTT 3.1.1 does not have is absent for its clients. */
export interface SubscribedEvent {
  /** Whose subscription it is. */
  readonly client: ClientView;
  /** As the client wrote it, `$share/GROUP/` included. */
  readonly topicFilter: string;
  /** As granted. */
  readonly qos: QoS;
  /** MQTT 5: its own messages do not come back to it. */
  readonly noLocal?: boolean | undefined;
  /** MQTT 5: live messages keep the RETAIN flag of their publisher. */
  readonly retainAsPublished?: boolean | undefined;
  /** MQTT 5: 0 sends the retained messages there are, 1 if the subscription is new, 2 does not. */
  readonly retainHandling?: RetainHandling | undefined;
  /** MQTT 5: 1 to 268,435,455; undefined: it has none. */
  readonly subscriptionIdentifier?: number | undefined;
}

/** A packet that came or went, decoded when `packet` is read. */
export interface PacketEvent {
  /** Undefined before CONNECT. */
  readonly clientId: string | undefined;
  /** Valid during the call. */
  readonly packet: Packet;
}
