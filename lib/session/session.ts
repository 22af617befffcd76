/**
 * What outlives a connection, section 3.1.2.4: subscriptions, QoS 1 and 2 exchanges under way in both directions, and
 * the messages that wait. Pure and synchronous: bytes go to the `Outlet` that the present connection lends it.
 * Invariants: while messages wait, everything above QoS 0 goes behind them, so order holds [MQTT-4.6.0-6]; room is
 * checked before a packet id is taken; collections are made on first use, for most sessions never need them; all
 * that outlives a connection changes through a method here (adopt, subscribe, unsubscribe, deliver, drain,
 * acknowledge, release, complete, receive, forget, filterQueue, filterInflight, detach, end), and nowhere else.
 */
import type { QoS } from "../wire/packets.ts";
import { publishHeader } from "../wire/publish.ts";
import { Delivery } from "./delivery.ts";
import { Inflight, type InflightMessage } from "./inflight.ts";
import type { Message } from "./message.ts";
import { OutgoingPublish } from "./outgoing.ts";
import { type Outlet, pushPlain, pushWithId } from "./outlet.ts";
import { Filters } from "./filters.ts";
import type { SessionLimits } from "./limits.ts";
import { MessageQueue, type QueuedMessage } from "./queue.ts";
import { Replays, type RetainedSource } from "./replays.ts";
import type { SubscriptionOptions } from "./subscription.ts";

export type { SessionLimits } from "./limits.ts";

/** How long a publisher waits for a client that acknowledges slowly, milliseconds. */
const PATIENCE_MS = 200;
/** Publishers wait from this share of the queue's limits on, and until it is down to the other. */
const PRESSED_SHARE = 1 / 2;
const RELIEVED_SHARE = 1 / 4;

/**
 * One client's session. `Connection` is what a connection is to the owner of the session, `Holder` what the owner
 * knows of the client, also when it is gone.
 */
export class Session<Connection = unknown, Holder = unknown> {
  readonly clientId: string;
  readonly limits: SessionLimits;
  #cleanSession: boolean;
  #holder: Holder | undefined = undefined;
  #connection: Connection | undefined = undefined;
  #detachedAt = NaN;
  #outlet: Outlet | undefined;
  #subscriptions: Filters | undefined;
  #inflight: Inflight | undefined;
  #received: Set<number> | undefined;
  #queue: MessageQueue | undefined;
  #replays: Replays | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  /** A publisher has waited for this session's queue already; until there is room the next ones do not. */
  isImpatient = false;
  readonly patience = PATIENCE_MS;

  constructor(clientId: string, cleanSession: boolean, limits: SessionLimits) {
    this.clientId = clientId;
    this.#cleanSession = cleanSession;
    this.limits = limits;
  }

  get cleanSession(): boolean {
    return this.#cleanSession;
  }

  /** The present or last client. */
  get holder(): Holder | undefined {
    return this.#holder;
  }

  /** The connection that has adopted the session and has not ended. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** When the last connection ended, for expiry; NaN while one is there. */
  get detachedAt(): number {
    return this.#detachedAt;
  }

  /** Topic filters as subscribed, `$share/GROUP/` included, with granted options. */
  get subscriptions(): ReadonlyMap<string, SubscriptionOptions> {
    return this.#subscriptions ??= new Filters();
  }

  /** A connection makes the session its own; nothing is delivered before `attach`. */
  adopt(connection: Connection, holder: Holder, cleanSession: boolean): void {
    this.#connection = connection;
    this.#holder = holder;
    this.#cleanSession = cleanSession;
  }

  /** Adds a subscription or changes its options. */
  subscribe(topicFilter: string, options: SubscriptionOptions): void {
    (this.#subscriptions ??= new Filters()).set(topicFilter, options);
  }

  /** Takes a subscription out; false when there was none. */
  unsubscribe(topicFilter: string): boolean {
    this.#replays?.delete(topicFilter);
    return this.#subscriptions?.delete(topicFilter) ?? false;
  }

  get subscriptionCount(): number {
    return this.#subscriptions?.size ?? 0;
  }

  /** Bytes of UTF-8 of all filters. */
  get subscriptionBytes(): number {
    return this.#subscriptions?.bytes ?? 0;
  }

  /** Exchanges under way to the client. */
  get inflightOut(): number {
    return this.#inflight?.size ?? 0;
  }

  /** QoS 2 exchanges under way from the client. */
  get inflightIn(): number {
    return this.#received?.size ?? 0;
  }

  get queuedMessages(): number {
    return this.#queue?.length ?? 0;
  }

  get isConnected(): boolean {
    return this.#outlet !== undefined;
  }

  /** The client is there and half of what it may have waiting is used up: publishers should slow down. */
  get isPressed(): boolean {
    return this.#usesMoreThan(PRESSED_SHARE);
  }

  /** Resolves when the queue has shrunk to a quarter of its limits, or the client has gone. */
  whenRoom(): Promise<void> {
    if (!this.isPressed) return Promise.resolve();
    return (this.#room ??= Promise.withResolvers<void>()).promise;
  }

  /** Could a message above QoS 0 leave at once? */
  get isReady(): boolean {
    return this.#outlet !== undefined && this.queuedMessages === 0 && this.#canSend(this.#outlet);
  }

  /** Is there room for this message in the queue? */
  canQueue({ payloadLength, topic }: OutgoingPublish): boolean {
    return this.#ownQueue.fits(payloadLength + topic.length);
  }

  /**
   * A connection takes the session over: unacknowledged messages and PUBRELs are sent again in their
   * order [MQTT-4.4.0-1] [MQTT-4.6.0-1], then what waited.
   */
  attach(outlet: Outlet): void {
    this.#outlet = outlet;
    this.#detachedAt = NaN;
    this.#inflight?.resend(outlet);
    this.drain();
  }

  /** The connection has ended; retained messages that a subscription is still owed wait for the next one. */
  detach(now: number): void {
    this.#outlet = undefined;
    this.#connection = undefined;
    this.#detachedAt = now;
    this.#relieved();
  }

  /** Hands a live message over. `qos` is the effective one, the lower of message and subscription. */
  deliver(publish: OutgoingPublish, qos: QoS): Delivery {
    const outlet = this.#outlet;
    if (qos === 0) {
      if (outlet === undefined) return Delivery.ABSENT;
      if (!outlet.hasRoom) return Delivery.SLOW;
      pushPlain(outlet, publish, 0x30);
      return Delivery.SENT;
    }
    if (outlet === undefined || this.queuedMessages > 0 || !this.#canSend(outlet)) {
      return this.#enqueue({ message: publish.message, qos });
    }
    this.#send(outlet, publish, { message: publish.message, qos, retain: false, released: false });
    return Delivery.SENT;
  }

  /** Sends the retained messages of a new subscription, as fast as the client takes them. */
  replay(topicFilter: string, source: RetainedSource, qos: QoS): void {
    (this.#replays ??= new Replays()).add(topicFilter, source, qos);
    this.drain();
  }

  /** Sends what waited, as far as window and write buffer allow. Called on every acknowledgement and flush. */
  drain(): void {
    const outlet = this.#outlet;
    if (outlet === undefined) return;
    while (this.queuedMessages > 0 && this.#canSend(outlet)) {
      const { message, qos } = this.#queue!.shift()!;
      const exchange = { message, qos, retain: false, released: false };
      this.#send(outlet, OutgoingPublish.of(message), exchange);
    }
    if (this.#room !== undefined || this.isImpatient) this.#relieved();
    if (this.#replays !== undefined && this.queuedMessages === 0) this.#drainReplays(outlet);
  }

  /** PUBACK: the exchange is done. False for an id that is not under way at QoS 1. */
  acknowledge(packetId: number): boolean {
    return this.#inflight?.acknowledge(packetId) ?? false;
  }

  /** PUBREC: from now on PUBREL is what is repeated. False for an id that is not under way at QoS 2. */
  release(packetId: number): boolean {
    return this.#inflight?.release(packetId) ?? false;
  }

  /** PUBCOMP: the exchange is done. False for an id whose PUBREL is not under way. */
  complete(packetId: number): boolean {
    return this.#inflight?.complete(packetId) ?? false;
  }

  /** Was a QoS 2 PUBLISH of this id taken over already, and its PUBREL has not come [MQTT-4.3.3-2]? */
  hasReceived(packetId: number): boolean {
    return this.#received !== undefined && this.#received.has(packetId);
  }

  /** A QoS 2 PUBLISH was taken over: from now on its id marks repetitions. */
  receive(packetId: number): void {
    (this.#received ??= new Set()).add(packetId);
  }

  /** PUBREL came: the id may be used again. */
  forget(packetId: number): boolean {
    return this.#received?.delete(packetId) ?? false;
  }

  /** Throws away waiting messages that the client may not see (any more). */
  filterQueue(keep: (message: Message) => boolean): QueuedMessage[] {
    return this.#queue?.filter(keep) ?? [];
  }

  /** Throws away messages under way that the next client of the session may not see; returns them. */
  filterInflight(keep: (message: Message) => boolean): Message[] {
    return this.#inflight?.filter(keep) ?? [];
  }

  /** Forgets everything: caches of routes may keep the object, but not what it held. Returns what waited. */
  end(): QueuedMessage[] {
    const waited = this.filterQueue(() => false);
    this.#subscriptions = this.#inflight = this.#received = undefined;
    this.#queue = this.#replays = undefined;
    this.#relieved();
    return waited;
  }

  #relieved(): void {
    if (this.#usesMoreThan(RELIEVED_SHARE)) return;
    this.isImpatient = false;
    this.#room?.resolve();
    this.#room = undefined;
  }

  /** Is the client there, and does more wait for it than this share of what may? */
  #usesMoreThan(share: number): boolean {
    return this.#outlet !== undefined && (this.#queue?.usesMoreThan(share) ?? false);
  }

  get #ownQueue(): MessageQueue {
    return this.#queue ??= new MessageQueue(this.limits);
  }

  #canSend(outlet: Outlet): boolean {
    return outlet.hasRoom && (this.#inflight === undefined || this.#inflight.hasRoom(this.limits));
  }

  #enqueue(entry: QueuedMessage): Delivery {
    return this.#ownQueue.push(entry) ? Delivery.QUEUED : Delivery.QUEUE_FULL;
  }

  #send(outlet: Outlet, publish: OutgoingPublish, exchange: InflightMessage): void {
    const packetId = (this.#inflight ??= new Inflight()).begin(exchange);
    const header = publishHeader(exchange.qos, exchange.retain, false);
    pushWithId(outlet, publish, exchange.qos, header, packetId);
  }

  #drainReplays(outlet: Outlet): void {
    const replays = this.#replays!;
    if (outlet.hasRoom) replays.drain((message, qos) => this.#sendRetained(outlet, message, qos));
    if (replays.isEmpty) this.#replays = undefined;
  }

  /** False when the window or the write buffer is full. */
  #sendRetained(outlet: Outlet, message: Message, limit: QoS): boolean {
    if (!outlet.hasRoom) return false;
    const qos = Math.min(message.qos, limit) as QoS;
    const publish = OutgoingPublish.of(message);
    if (qos === 0) {
      pushPlain(outlet, publish, publishHeader(0, true, false)); // [MQTT-3.3.1-8]
      return true;
    }
    if (!this.#canSend(outlet)) return false;
    this.#send(outlet, publish, { message, qos, retain: true, released: false });
    return true;
  }
}
