/**
 * What outlives a connection, section 3.1.2.4: subscriptions, QoS 1 and 2 exchanges under way in both directions, and
 * what waits. Pure and synchronous: bytes go to the `Outlet` that the present connection lends it. Invariants: order
 * holds [MQTT-4.6.0-6]; room is checked before a packet id is taken; collections are made on first use; all that
 * outlives a connection changes through a method here (adopt, subscribe, unsubscribe, deliver, replay, drain, expire,
 * acknowledge, release, refuse, complete, receive, forget, filterQueue, filterInflight, takeShared, detach, end), and
 * nowhere else; a held session delivers nothing, and what comes for its client waits.
 */
import type { QoS } from "../wire/packets.ts";
import { publishHeader } from "../wire/publish.ts";
import { Backlog } from "./backlog.ts";
import { Delivery } from "./delivery.ts";
import { Inflight, type InflightMessage } from "./inflight.ts";
import type { EntryRecord } from "./journal.ts";
import type { SessionLimits } from "./limits.ts";
import type { Message } from "./message.ts";
import { OutgoingPublish } from "./outgoing.ts";
import { type Outlet, pushMessage, takes } from "./outlet.ts";
import type { QueuedMessage } from "./queue.ts";
import type { ReplayFor, RetainedSource } from "./replays.ts";
import { LONE_SESSION, type SessionServices } from "./services.ts";
import { KeptState } from "./kept_state.ts";
import { undeliverable, type Undelivered } from "./undelivered.ts";

/** How long a publisher waits for a client that acknowledges slowly, milliseconds. */
const PATIENCE_MS = 200;

/**
 * One client's session. `Connection` is what a connection is to the owner of the session, `Holder` what the owner
 * knows of the client, also when it is gone.
 */
export class Session<Connection = unknown, Holder = unknown> extends KeptState<Connection, Holder> {
  readonly limits: SessionLimits;
  readonly #services: SessionServices;
  /** Undefined while the session is held. */
  #outlet: Outlet | undefined;
  /** The outlet that waits for the end of the hold. */
  #held: Outlet | undefined;
  #isHeld = false;
  #resends = false;
  #backlog: Backlog | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  /** A publisher has waited for the queue already; until there is room the next ones do not. */
  isImpatient = false;
  readonly patience = PATIENCE_MS;

  constructor(
    clientId: string,
    expiryInterval: number,
    limits: SessionLimits,
    services: SessionServices = LONE_SESSION,
  ) {
    super(clientId, expiryInterval);
    this.limits = limits;
    this.#services = services;
  }

  override unsubscribe(topicFilter: string): boolean {
    this.#backlog?.deleteReplay(topicFilter);
    return super.unsubscribe(topicFilter);
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

  /** Is there room in the queue for that many messages of this size, together? */
  canQueue(bytes: number, messages = 1): boolean {
    return this.#ownBacklog.queue.fits(bytes, messages);
  }

  /**
   * A connection takes the session over: unacknowledged messages and PUBRELs are sent again in their
   * order [MQTT-4.4.0-1] [MQTT-4.6.0-1], then what waited.
   */
  attach(outlet: Outlet): void {
    this.attached();
    this.inflight?.reconnected();
    this.#resend(outlet, this.#isHeld ? "releases" : undefined);
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
    if (this.#resends) this.#resend(this.#outlet, "messages");
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
   * @param identifiers those of the subscriptions that match
   * @param group the shared subscription that it is for
   */
  deliver(
    publish: OutgoingPublish,
    qos: QoS,
    retain = false,
    identifiers: readonly number[] | undefined = undefined,
    group: object | undefined = undefined,
  ): Delivery {
    const outlet = this.#outlet;
    const backlog = this.#backlog;
    const waits = backlog !== undefined && backlog.holdsBack(publish, qos);
    if (outlet !== undefined && !takes(outlet, publish, qos, identifiers)) {
      return Delivery.TOO_LARGE;
    }
    if (qos === 0) {
      if ((outlet ?? this.#held) === undefined) return Delivery.ABSENT;
      if (waits || outlet === undefined) {
        const { message } = publish;
        return this.#enqueue(publish, kept(message, qos, retain, identifiers, group));
      }
      if (!outlet.hasRoom) return this.#lost(publish, Delivery.SLOW);
      pushMessage(outlet, publish, 0, retain ? 0x31 : 0x30, 0, identifiers);
      return Delivery.SENT;
    }
    const { message } = publish;
    if (waits || outlet === undefined || !this.#canSend(outlet)) {
      return this.#enqueue(publish, kept(message, qos, retain, identifiers, group));
    }
    this.#send(outlet, publish, kept(message, qos, retain, identifiers, group));
    return Delivery.SENT;
  }

  /** Sends the retained messages of a new subscription, as fast as the client takes them. */
  replay(topicFilter: string, source: RetainedSource, subscription: ReplayFor): void {
    this.#ownBacklog.addReplay(topicFilter, source, subscription);
    this.drain();
  }

  /** Sends what waited, as far as window and write buffer allow. Called on every acknowledgement and flush. */
  drain(): void {
    const outlet = this.#outlet;
    if (outlet === undefined) return;
    if (this.inflight?.owesAgain) {
      this.#refused(this.inflight.resendRest(outlet, this.#services.now()));
    }
    const backlog = this.#backlog;
    if (backlog === undefined) return;
    let now: number | undefined;
    while (outlet.hasRoom) {
      const next = backlog.next();
      if (next === undefined) break;
      now ??= this.#services.now();
      const fault = undeliverable(outlet, next, now);
      if (fault === undefined && !this.#sendKept(outlet, next, now)) break;
      backlog.sent();
      if (fault !== undefined) this.#discard(next, fault);
    }
    if (this.#room !== undefined || this.isImpatient) this.#relieved();
  }

  /** Queued messages that will be void at a time. */
  get expiringMessages(): number {
    return this.#backlog?.queue.expiringCount ?? 0;
  }

  /** Throws away queued messages that are void; looks at `most` of them, and the next call at the next ones. */
  expire(now: number, most: number): void {
    const removed = this.#backlog?.queue.expire(now, most) ?? [];
    for (const one of removed) this.#discard(one, "expired");
    if (removed.length > 0) this.#relieved();
  }

  /** Throws away waiting messages that the client may not see (any more). */
  filterQueue(keep: (message: Message) => boolean): QueuedMessage[] {
    return this.#over(this.#backlog?.queue.filter(({ message }) => keep(message)));
  }

  /** Throws away messages under way that the next client of the session may not see; returns them. */
  filterInflight(keep: (message: Message) => boolean): InflightMessage[] {
    return this.#over(this.inflight?.filter(({ message }) => keep(message)));
  }

  /**
   * Takes out what waits for shared subscriptions, or was sent at QoS 1 and is not acknowledged, the older first; a QoS
   * 2 message that was sent stays [MQTT-4.8.2-5]. The journal has them until `givenAway`.
   * @param goes asked for each; it must not change the session
   */
  takeShared(goes: (one: QueuedMessage, wasSent: boolean) => boolean): QueuedMessage[] {
    const keep = (wasSent: boolean) => (one: QueuedMessage) =>
      one.group === undefined || (wasSent && one.qos === 2) || !goes(one, wasSent);
    const sent = this.inflight?.filter(keep(true)) ?? [];
    return [...sent, ...this.#backlog?.queue.filter(keep(false)) ?? []];
  }

  /** What was taken out has another place: called in the turn in which that was recorded. */
  givenAway({ record }: QueuedMessage): void {
    if (record !== undefined) this.journal?.done(record);
  }

  /** A list of its own: what is under way, in the order of first sending, and what waits. */
  entries(): QueuedMessage[] {
    return [...this.inflight?.exchanges ?? [], ...this.#backlog?.queue.all ?? []];
  }

  /**
   * As it was before the broker stopped: without a connection, its journal set. Nothing is recorded.
   * @param kept in their order; packet id 0: it waits
   */
  restore(
    holder: Holder,
    detachedAt: number,
    lastPacketId: number,
    kept: Iterable<readonly [packetId: number, InflightMessage]>,
  ): void {
    this.restoreOwner(holder, detachedAt);
    this.inflight = new Inflight(this.journal, lastPacketId);
    for (const [packetId, exchange] of kept) {
      if (packetId === 0) this.#ownBacklog.queue.restore(exchange);
      else this.inflight.restore(packetId, exchange);
    }
    if (this.expiringMessages > 0) this.#services.expires(this);
  }

  /** Forgets everything: caches of routes may keep the object, but not what it held. Returns what waited. */
  end(): QueuedMessage[] {
    const waited = this.#backlog?.queue.filter(() => false) ?? [];
    this.forgetAll();
    this.#backlog = undefined;
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
    return outlet.hasRoom &&
      (this.inflight === undefined || this.inflight.hasRoom(this.limits, outlet.receiveMaximum));
  }

  #resend(outlet: Outlet, only?: "messages" | "releases"): void {
    if (this.inflight === undefined) return;
    this.#refused(this.inflight.resend(outlet, this.#services.now(), only));
  }

  /** The client does not take them, and their exchanges are over. */
  #refused(messages: readonly Message[]): void {
    for (const message of messages) this.#services.discarded(this, message, "too large");
  }

  #discard(one: QueuedMessage, why: Undelivered): void {
    this.givenAway(one);
    this.#services.discarded(this, one.message, why);
  }

  #over<Entry extends QueuedMessage>(removed: Entry[] = []): Entry[] {
    for (const one of removed) this.givenAway(one);
    return removed;
  }

  #enqueue(publish: OutgoingPublish, entry: QueuedMessage): Delivery {
    if (!this.#ownBacklog.queue.push(entry)) return this.#lost(publish, Delivery.QUEUE_FULL);
    if (entry.message.expiresAt !== undefined) this.#services.expires(this);
    if (entry.qos > 0 && this.journal !== undefined) entry.record = this.journal.queued(entry);
    return Delivery.QUEUED;
  }

  #lost(publish: OutgoingPublish, how: Delivery): Delivery {
    if (publish.retain) this.#backlog?.lost(publish.order);
    return how;
  }

  #send(outlet: Outlet, publish: OutgoingPublish, exchange: InflightMessage): void {
    const packetId = (this.inflight ??= new Inflight(this.journal)).begin(exchange);
    const { qos, retain, identifiers } = exchange;
    if (qos === 2 && this.journal !== undefined) {
      return this.journal.whenSafe(() => this.#sendSafe(outlet, packetId, exchange));
    }
    const header = publishHeader(qos, retain, false);
    pushMessage(outlet, publish, qos, header, packetId, identifiers);
  }

  /** A QoS 2 message leaves under an id that a restart remembers: else the id of a later one would say it came already. */
  #sendSafe(outlet: Outlet, packetId: number, exchange: InflightMessage): void {
    const { inflight } = this;
    if (inflight === undefined || !inflight.awaitsReceipt(packetId, exchange)) return;
    if (this.#outlet !== outlet) return inflight.owe(packetId);
    const { message, qos, retain, identifiers } = exchange;
    const publish = OutgoingPublish.of(message, this.#services.now());
    const header = publishHeader(qos, retain, false);
    pushMessage(outlet, publish, qos, header, packetId, identifiers);
  }

  /** Sends what waited; false when the window is full. There is room in the write buffer. */
  #sendKept(outlet: Outlet, next: QueuedMessage, now: number): boolean {
    const { message, qos, retain, identifiers, group, record } = next;
    const publish = OutgoingPublish.of(message, now);
    if (qos === 0) {
      pushMessage(outlet, publish, 0, publishHeader(0, retain, false), 0, identifiers);
    } else if (!this.#canSend(outlet)) return false;
    else {
      this.#send(outlet, publish, kept(message, qos, retain, identifiers, group, record));
    }
    return true;
  }
}

/** A message with what it is to be delivered with, of one shape wherever it is. */
function kept(
  message: Message,
  qos: QoS,
  retain: boolean,
  identifiers: readonly number[] | undefined,
  group: object | undefined,
  record: EntryRecord | undefined = undefined,
): InflightMessage {
  return { message, qos, retain, identifiers, group, record, released: false };
}
