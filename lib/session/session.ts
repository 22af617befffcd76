/**
 * What outlives a connection, section 3.1.2.4: subscriptions, QoS 1 and 2 exchanges under way in both directions, and
 * what waits. Pure and synchronous: bytes go to the `Outlet` that the present connection lends it. Invariants: order
 * holds [MQTT-4.6.0-6]; room is checked before a packet id is taken; collections are made on first use; all that
 * outlives a connection changes through a method here (adopt, subscribe, unsubscribe, deliver, replay, drain, expire,
 * acknowledge, release, refuse, complete, receive, forget, filterQueue, filterInflight, takeShared, detach, end), which
 * tells the journal, and nowhere else; a held session delivers nothing, and what comes for its client waits.
 */
import type { QoS } from "../wire/packets.ts";
import { publishHeader } from "../wire/publish.ts";
import { Delivery } from "./delivery.ts";
import { Inflight, type InflightMessage, type SentAgain } from "./inflight.ts";
import { KeptMessages } from "./kept_messages.ts";
import type { Message } from "./message.ts";
import { OutgoingPublish } from "./outgoing.ts";
import { type Outlet, pushKept, pushMessage, takes } from "./outlet.ts";
import type { QueuedMessage } from "./queue.ts";
import type { ReplayFor, RetainedSource } from "./replays.ts";
import { undeliverable } from "./undelivered.ts";

/**
 * One client's session. `Connection` is what a connection is to the owner of the session, `Holder` what the owner
 * knows of the client, also when it is gone.
 */
export class Session<Connection = unknown, Holder = unknown> extends KeptMessages<
  Connection,
  Holder
> {
  /** Undefined while the session is held. */
  #outlet: Outlet | undefined;
  /** The outlet that waits for the end of the hold. */
  #held: Outlet | undefined;
  #isHeld = false;
  #resends = false;

  override get isConnected(): boolean {
    return this.#outlet !== undefined;
  }

  /** Could a message above QoS 0 leave at once? */
  get isReady(): boolean {
    return this.#outlet !== undefined && this.queuedMessages === 0 && this.#canSend(this.#outlet);
  }

  /**
   * A connection takes the session over: unacknowledged messages and PUBRELs are sent again in their
   * order [MQTT-4.4.0-1] [MQTT-4.6.0-1], then what waited.
   */
  attach(outlet: Outlet): void {
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
    this.relieved();
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
    const backlog = this.backlog;
    const waits = backlog !== undefined && backlog.holdsBack(publish, qos);
    if (outlet !== undefined && !takes(outlet, publish, qos, identifiers)) {
      return Delivery.TOO_LARGE;
    }
    if (qos === 0) {
      if ((outlet ?? this.#held) === undefined) return Delivery.ABSENT;
      if (waits || outlet === undefined) {
        return this.#enqueue(publish, qos, retain, identifiers, group);
      }
      if (!outlet.hasRoom) return this.#lost(publish, Delivery.SLOW);
      pushMessage(outlet, publish, 0, retain ? 0x31 : 0x30, 0, identifiers);
      return Delivery.SENT;
    }
    return this.#deliverAbove0(
      waits ? undefined : outlet,
      publish,
      qos,
      retain,
      identifiers,
      group,
    );
  }

  /** A function of its own, so that what runs at QoS 0 stays small. @param outlet undefined: the message has to wait */
  #deliverAbove0(
    outlet: Outlet | undefined,
    publish: OutgoingPublish,
    qos: QoS,
    retain: boolean,
    identifiers: readonly number[] | undefined,
    group: object | undefined,
  ): Delivery {
    if (outlet === undefined || !this.#canSend(outlet)) {
      return this.#enqueue(publish, qos, retain, identifiers, group);
    }
    const exchange = this.#entryOf(publish, this.toPass(publish), qos, retain, identifiers, group);
    this.#send(outlet, publish, exchange);
    return Delivery.SENT;
  }

  /** What many receivers have alike, and no one changes, is one object. */
  #entryOf(
    publish: OutgoingPublish,
    message: Message,
    qos: QoS,
    retain: boolean,
    identifiers: readonly number[] | undefined,
    group: object | undefined,
  ): InflightMessage {
    const isShared = qos === 1 && identifiers === undefined && group === undefined &&
      this.journal === undefined;
    return isShared
      ? publish.shared(retain, message)
      : kept(message, qos, retain, identifiers, group);
  }

  /** Sends the retained messages of a new subscription, as fast as the client takes them. */
  replay(topicFilter: string, source: RetainedSource, subscription: ReplayFor): void {
    this.ownBacklog.addReplay(topicFilter, source, subscription);
    this.drain();
  }

  /** Sends what waited, as far as window and write buffer allow. Called on every acknowledgement and flush. */
  drain(): void {
    const outlet = this.#outlet;
    if (outlet === undefined) return;
    if (this.inflight?.owesAgain) {
      this.refused(this.inflight.resendRest(outlet, this.services.now(), this.#sentAgain));
    }
    const backlog = this.backlog;
    if (backlog === undefined) return;
    let now: number | undefined;
    while (outlet.hasRoom) {
      const next = backlog.next();
      if (next === undefined) break;
      if (next.message.expiresAt !== undefined) now ??= this.services.now();
      const fault = undeliverable(outlet, next, now ?? 0);
      if (fault === undefined && !this.#sendKept(outlet, next, now ?? 0)) break;
      backlog.sent();
      if (fault !== undefined) this.discard(next, fault);
    }
    if (this.isAwaited) this.relieved();
  }

  #canSend(outlet: Outlet): boolean {
    return outlet.hasRoom &&
      (this.inflight === undefined || this.inflight.hasRoom(this.limits, outlet.receiveMaximum));
  }

  #resend(outlet: Outlet, only?: "messages" | "releases"): void {
    if (this.inflight === undefined) return;
    this.refused(
      this.inflight.resend(outlet, this.services.now(), { only, told: this.#sentAgain }),
    );
  }

  #enqueue(
    publish: OutgoingPublish,
    qos: QoS,
    retain: boolean,
    identifiers: readonly number[] | undefined,
    group: object | undefined,
  ): Delivery {
    const message = this.toWait(publish, this.#outlet !== undefined);
    const entry = this.#entryOf(publish, message, qos, retain, identifiers, group);
    if (!this.ownBacklog.queue.push(entry)) return this.#lost(publish, Delivery.QUEUE_FULL);
    if (entry.message.expiresAt !== undefined) this.services.expires(this);
    if (entry.qos > 0 && this.journal !== undefined) entry.record = this.journal.queued(entry);
    return Delivery.QUEUED;
  }

  #lost(publish: OutgoingPublish, how: Delivery): Delivery {
    if (publish.retain) this.backlog?.lost(publish.order);
    return how;
  }

  /** @param publish undefined: the message waited */
  #send(
    outlet: Outlet,
    publish: OutgoingPublish | undefined,
    exchange: InflightMessage,
    now = 0,
  ): void {
    const packetId = (this.inflight ??= new Inflight(this.journal, this.totals)).begin(exchange);
    const { qos, retain, identifiers, record } = exchange;
    if (qos === 2 && record !== undefined) {
      return this.#sendWhenSafe(outlet, packetId, exchange, record);
    }
    if (publish === undefined) pushKept(outlet, exchange, packetId, now);
    else {
      const header = publishHeader(qos, retain, false);
      pushMessage(outlet, publish, qos, header, packetId, identifiers);
    }
    if (this.services.trace !== undefined) this.#told(exchange, packetId, false);
  }

  /** A function of its own: what a closure holds takes memory for each message, also where none is made. */
  #sendWhenSafe(
    outlet: Outlet,
    packetId: number,
    exchange: InflightMessage,
    record: NonNullable<InflightMessage["record"]>,
  ): void {
    this.inflight!.keepBack(exchange);
    this.journal!.whenSafe(record, () => this.#sendSafe(outlet, packetId, exchange));
  }

  /** A QoS 2 message leaves under an id that a restart remembers: else the id of a later one would say it came already. */
  #sendSafe(outlet: Outlet, packetId: number, exchange: InflightMessage): void {
    if (!this.inflight?.isSafe(exchange)) return;
    if (this.#outlet !== outlet) return this.#sendLater(packetId);
    pushKept(outlet, exchange, packetId, this.services.now());
    if (this.services.trace !== undefined) this.#told(exchange, packetId, false);
  }

  /** Undefined: no one looks. */
  get #sentAgain(): SentAgain | undefined {
    if (this.services.trace === undefined) return undefined;
    return (exchange, packetId) => this.#told(exchange, packetId, true);
  }

  #told({ message, qos }: InflightMessage, packetId: number, isAgain: boolean): void {
    this.services.trace?.sent(this, { message, qos, packetId, isAgain });
  }

  /** Another connection has come, or the session is held; where there is none the next one sends it. */
  #sendLater(packetId: number): void {
    if ((this.#outlet ?? this.#held) === undefined) return;
    this.inflight!.owe(packetId);
    this.drain();
  }

  /** Sends what waited; false when the window is full. There is room in the write buffer. */
  #sendKept(outlet: Outlet, next: QueuedMessage, now: number): boolean {
    const { message, qos } = next;
    if (qos === 0) {
      pushKept(outlet, next, 0, now);
      this.services.trace?.sent(this, { message, qos, packetId: 0, isAgain: false });
    } else if (!this.#canSend(outlet)) return false;
    else this.#send(outlet, undefined, next, now);
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
): InflightMessage {
  return { message, qos, retain, identifiers, group, record: undefined, released: false };
}
