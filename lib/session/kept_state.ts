/**
 * The quiet half of a session: what its client is subscribed to, and what is under way between the two. Invariant:
 * collections are made on first use.
 */
import { Filters } from "./filters.ts";
import type { Acknowledgement, Inflight } from "./inflight.ts";
import type { Message } from "./message.ts";
import { OwnedSession } from "./owned.ts";
import type { SubscriptionOptions } from "./subscription.ts";
import type { SessionTotals } from "./totals.ts";

/** Subscriptions, and QoS 1 and 2 exchanges both ways. */
export abstract class KeptState<Connection, Holder> extends OwnedSession<Connection, Holder> {
  #subscriptions: Filters | undefined;
  #received: Set<number> | undefined;
  /** Exchanges under way to the client. */
  protected inflight: Inflight | undefined;
  /** What this session counts in too. */
  protected abstract get totals(): SessionTotals;

  /** Topic filters as subscribed, `$share/GROUP/` included, with granted options. */
  get subscriptions(): ReadonlyMap<string, SubscriptionOptions> {
    return this.#subscriptions ??= new Filters();
  }

  /** Adds one or changes its options. */
  subscribe(topicFilter: string, options: SubscriptionOptions): void {
    const subscriptions = this.#subscriptions ??= new Filters();
    if (subscriptions.get(topicFilter) === options) return;
    subscriptions.set(topicFilter, options);
    this.journal?.subscribed(topicFilter, options);
  }

  /** Takes a subscription out; false when there was none. */
  unsubscribe(topicFilter: string): boolean {
    if (!this.#subscriptions?.delete(topicFilter)) return false;
    this.journal?.unsubscribed(topicFilter);
    return true;
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
    return this.inflight?.size ?? 0;
  }

  /** The message that is under way to the client with this id. */
  messageUnderWay(packetId: number): Message | undefined {
    return this.inflight?.messageOf(packetId);
  }

  /** PUBACK: the exchange is done. False for an id that is not under way at QoS 1. */
  acknowledge(packetId: number): boolean {
    return this.inflight?.acknowledge(packetId) ?? false;
  }

  /** PUBREC: from now on PUBREL is what is repeated. False for an id that is not under way at QoS 2. */
  release(packetId: number): boolean {
    return this.inflight?.release(packetId) ?? false;
  }

  /** PUBREC that refuses the message: the exchange is done. False for an id that does not wait for it. */
  refuse(packetId: number): boolean {
    return this.inflight?.refuse(packetId) ?? false;
  }

  /** PUBCOMP: the exchange is done. False for an id whose PUBREL is not under way. */
  complete(packetId: number): boolean {
    return this.inflight?.complete(packetId) ?? false;
  }

  /** What the client has to send next for this id; undefined for one that is not under way to it. */
  awaits(packetId: number): Acknowledgement | undefined {
    return this.inflight?.awaits(packetId);
  }

  /** QoS 2 exchanges under way from the client. */
  get inflightIn(): number {
    return this.#received?.size ?? 0;
  }

  /** Was a QoS 2 PUBLISH of this id taken over already, and its PUBREL has not come [MQTT-4.3.3-10]? */
  hasReceived(packetId: number): boolean {
    return this.#received !== undefined && this.#received.has(packetId);
  }

  /** A QoS 2 PUBLISH was taken over: from now on its id marks repetitions. */
  receive(packetId: number): void {
    const received = this.#received ??= new Set();
    if (received.has(packetId)) return;
    received.add(packetId);
    this.totals.inflightIn++;
    this.journal?.received(packetId);
  }

  /** PUBREL came: the id may be used again. False for one that was not taken. */
  forget(packetId: number): boolean {
    if (!this.#received?.delete(packetId)) return false;
    this.totals.inflightIn--;
    this.journal?.forgotten(packetId);
    return true;
  }

  /** Packet ids of QoS 2 messages from the client that await PUBREL. */
  get receivedIds(): Iterable<number> {
    return this.#received ?? [];
  }

  /** The packet id that was given last to a message; 0: none. */
  get lastPacketId(): number {
    return this.inflight?.lastPacketId ?? 0;
  }

  /** Forgets everything. */
  protected forgetAll(): void {
    this.totals.inflightIn -= this.inflightIn;
    this.inflight?.forget();
    this.#subscriptions = this.#received = this.inflight = undefined;
  }
}
