/**
 * What outlives a connection, section 3.1.2.4: subscriptions, QoS 1 and 2 exchanges under way in both directions, and
 * what waits. Pure and synchronous: bytes go to the `Outlet` that the present connection lends it. Invariants: order
 * holds [MQTT-4.6.0-6]; room is checked before a packet id is taken; collections are made on first use; all that
 * outlives a connection changes through a method here (adopt, subscribe, unsubscribe, deliver, replay, drain,
 * acknowledge, release, complete, receive, forget, filterQueue, filterInflight, detach, end), and nowhere else; a
 * held session delivers nothing, and what comes for its client waits.
 */
import type { QoS } from "../wire/packets.ts";
import { publishHeader } from "../wire/publish.ts";
import { Backlog } from "./backlog.ts";
import { Delivery } from "./delivery.ts";
import { type Acknowledgement, Inflight, type InflightMessage } from "./inflight.ts";
import type { Message } from "./message.ts";
import { OutgoingPublish } from "./outgoing.ts";
import { type Outlet, pushPlain, pushWithId } from "./outlet.ts";
import { Filters } from "./filters.ts";
import type { SessionLimits } from "./limits.ts";
import { OwnedSession } from "./owned.ts";
import type { QueuedMessage } from "./queue.ts";
import type { RetainedSource } from "./replays.ts";
import type { SubscriptionOptions } from "./subscription.ts";

/** How long a publisher waits for a client that acknowledges slowly, milliseconds. */
const PATIENCE_MS = 200;

/**
 * One client's session. `Connection` is what a connection is to the owner of the session, `Holder` what the owner
 * knows of the client, also when it is gone.
 */
export class Session<Connection = unknown, Holder = unknown>
  extends OwnedSession<Connection, Holder> {
  readonly limits: SessionLimits;
  /** Undefined while the session is held. */
  #outlet: Outlet | undefined;
  /** The outlet that waits for the end of the hold. */
  #held: Outlet | undefined;
  #isHeld = false;
  #resends = false;
  #subscriptions: Filters | undefined;
  #inflight: Inflight | undefined;
  #received: Set<number> | undefined;
  #backlog: Backlog | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  /** A publisher has waited for the queue already; until there is room the next ones do not. */
  isImpatient = false;
  readonly patience = PATIENCE_MS;

  constructor(clientId: string, expiryInterval: number, limits: SessionLimits) {
    super(clientId, expiryInterval);
    this.limits = limits;
  }

  /** Topic filters as subscribed, `$share/GROUP/` included, with granted options. */
  get subscriptions(): ReadonlyMap<string, SubscriptionOptions> {
    return this.#subscriptions ??= new Filters();
  }

  /** Adds one or changes its options. */
  subscribe(topicFilter: string, options: SubscriptionOptions): void {
    (this.#subscriptions ??= new Filters()).set(topicFilter, options);
  }

  /** Takes a subscription out; false when there was none. */
  unsubscribe(topicFilter: string): boolean {
    this.#backlog?.deleteReplay(topicFilter);
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
    return this.#backlog?.queue.length ?? 0;
  }

  get isConnected(): boolean {
    return this.#outlet !== undefined;
  }

  /** The client is there and half of what it may have waiting is used up: publishers should slow down. */
  get isPressed(): boolean {
    return this.isConnected && this.#backlog !== undefined && this.#backlog.isPressed;
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
    return this.#ownBacklog.queue.fits(payloadLength + topic.length);
  }

  /**
   * A connection takes the session over: unacknowledged messages and PUBRELs are sent again in their
   * order [MQTT-4.4.0-1] [MQTT-4.6.0-1], then what waited.
   */
  attach(outlet: Outlet): void {
    this.attached();
    this.#inflight?.resend(outlet, this.#isHeld ? "releases" : undefined);
    this.#held = outlet;
    this.#resends = this.#isHeld;
    if (!this.#isHeld) this.resume();
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** From now on nothing is delivered, until `resume`: what comes for a client that is there waits, also at QoS 0. */
  hold(): void {
    this.#isHeld = true;
    this.#held ??= this.#outlet;
    this.#outlet = undefined;
  }

  /** Ends a hold. */
  resume(): void {
    this.#isHeld = false;
    if (this.#held === undefined) return;
    this.#outlet = this.#held;
    this.#held = undefined;
    if (this.#resends) this.#inflight?.resend(this.#outlet, "messages");
    this.#resends = false;
    this.drain();
  }

  /** The connection has ended; retained messages that a subscription is still owed wait for the next one. */
  detach(now: number): void {
    this.#outlet = this.#held = undefined;
    this.left(now);
    this.#relieved();
  }

  /**
   * Hands a live message over.
   * @param qos the effective one, the lower of message and subscription
   * @param retain the RETAIN flag that the client is to see
   */
  deliver(publish: OutgoingPublish, qos: QoS, retain = false): Delivery {
    const outlet = this.#outlet;
    const backlog = this.#backlog;
    const waits = backlog !== undefined && backlog.holdsBack(publish, qos);
    if (qos === 0) {
      if ((outlet ?? this.#held) === undefined) return Delivery.ABSENT;
      if (waits || outlet === undefined) return this.#enqueue(publish, qos, retain);
      if (!outlet.hasRoom) return this.#lost(publish, Delivery.SLOW);
      pushPlain(outlet, publish, retain ? 0x31 : 0x30);
      return Delivery.SENT;
    }
    if (waits || outlet === undefined || !this.#canSend(outlet)) {
      return this.#enqueue(publish, qos, retain);
    }
    this.#send(outlet, publish, { message: publish.message, qos, retain, released: false });
    return Delivery.SENT;
  }

  /** Sends the retained messages of a new subscription, as fast as the client takes them. */
  replay(topicFilter: string, source: RetainedSource, qos: QoS): void {
    this.#ownBacklog.addReplay(topicFilter, source, qos);
    this.drain();
  }

  /** Sends what waited, as far as window and write buffer allow. Called on every acknowledgement and flush. */
  drain(): void {
    const outlet = this.#outlet;
    const backlog = this.#backlog;
    if (outlet === undefined || backlog === undefined) return;
    while (outlet.hasRoom) {
      const next = backlog.next();
      if (next === undefined || !this.#sendKept(outlet, next)) break;
      backlog.sent();
    }
    if (this.#room !== undefined || this.isImpatient) this.#relieved();
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

  /** What the client has to send next for this id; undefined for one that is not under way to it. */
  awaits(packetId: number): Acknowledgement | undefined {
    return this.#inflight?.awaits(packetId);
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
    return this.#backlog?.queue.filter(keep) ?? [];
  }

  /** Throws away messages under way that the next client of the session may not see; returns them. */
  filterInflight(keep: (message: Message) => boolean): Message[] {
    return this.#inflight?.filter(keep) ?? [];
  }

  /** Forgets everything: caches of routes may keep the object, but not what it held. Returns what waited. */
  end(): QueuedMessage[] {
    const waited = this.filterQueue(() => false);
    this.#subscriptions =
      this.#inflight =
      this.#received =
      this.#backlog =
        undefined;
    this.#relieved();
    return waited;
  }

  #relieved(): void {
    if (this.isConnected && this.#backlog !== undefined && !this.#backlog.isRelieved) return;
    this.isImpatient = false;
    this.#room?.resolve();
    this.#room = undefined;
  }

  get #ownBacklog(): Backlog {
    return this.#backlog ??= new Backlog(this.limits);
  }

  #canSend(outlet: Outlet): boolean {
    return outlet.hasRoom && (this.#inflight === undefined || this.#inflight.hasRoom(this.limits));
  }

  #enqueue(publish: OutgoingPublish, qos: QoS, retain: boolean): Delivery {
    const isQueued = this.#ownBacklog.queue.push({ message: publish.message, qos, retain });
    return isQueued ? Delivery.QUEUED : this.#lost(publish, Delivery.QUEUE_FULL);
  }

  #lost(publish: OutgoingPublish, how: Delivery): Delivery {
    if (publish.retain) this.#backlog?.lost(publish.order);
    return how;
  }

  #send(outlet: Outlet, publish: OutgoingPublish, exchange: InflightMessage): void {
    const packetId = (this.#inflight ??= new Inflight()).begin(exchange);
    const header = publishHeader(exchange.qos, exchange.retain, false);
    pushWithId(outlet, publish, exchange.qos, header, packetId);
  }

  /** Sends what waited; false when the window is full. There is room in the write buffer. */
  #sendKept(outlet: Outlet, { message, qos, retain }: QueuedMessage): boolean {
    const publish = OutgoingPublish.of(message);
    if (qos === 0) pushPlain(outlet, publish, publishHeader(0, retain, false));
    else if (!this.#canSend(outlet)) return false;
    else this.#send(outlet, publish, { message, qos, retain, released: false });
    return true;
  }
}
