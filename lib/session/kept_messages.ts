/**
 * The messages of a session: what waits for its client, and what is under way to it, as lists that are looked through,
 * thinned out, ended and restored. Invariants: whatever is taken out is over in the journal too, unless the caller
 * says when (`takeShared`); a publisher that waits for room is never forgotten.
 */
import { Backlog } from "./backlog.ts";
import { Inflight, type InflightMessage } from "./inflight.ts";
import { KeptState } from "./kept_state.ts";
import type { SessionLimits } from "./limits.ts";
import { type Message, OWN } from "./message.ts";
import type { OutgoingPublish } from "./outgoing.ts";
import type { SlabUser } from "./payload_slabs.ts";
import type { QueuedMessage } from "./queue.ts";
import { loneServices, type SessionServices } from "./services.ts";
import type { SessionTotals } from "./totals.ts";
import type { Undelivered } from "./undelivered.ts";

/** How long a publisher waits for a client that acknowledges slowly, milliseconds. */
const PATIENCE_MS = 200;

/** From this number of messages of a client on, further ones are as they may stay for long. */
const MANY_UNDER_WAY = 1024;
const MANY_WAITING = 256;

/** What waits, and what is under way. */
export abstract class KeptMessages<Connection, Holder> extends KeptState<Connection, Holder>
  implements SlabUser {
  readonly limits: SessionLimits;
  protected readonly services: SessionServices;
  protected backlog: Backlog | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  /** What was taken out and is not given away yet; the journal has it. */
  #leaving: Set<QueuedMessage> | undefined;
  #hasEnded = false;
  /** A publisher has waited for the queue already; until there is room the next ones do not. */
  isImpatient = false;
  isInSlabs = false;
  readonly patience = PATIENCE_MS;

  constructor(
    clientId: string,
    expiryInterval: number,
    limits: SessionLimits,
    services: SessionServices = loneServices(),
  ) {
    super(clientId, expiryInterval);
    this.limits = limits;
    this.services = services;
  }

  abstract get isConnected(): boolean;

  protected override get totals(): SessionTotals {
    return this.services.totals;
  }

  /** Does a publisher wait for room, or has one waited in vain? */
  protected get isAwaited(): boolean {
    return this.#room !== undefined || this.isImpatient;
  }

  override unsubscribe(topicFilter: string): boolean {
    this.backlog?.deleteReplay(topicFilter);
    return super.unsubscribe(topicFilter);
  }

  /** Of what waits and what is under way, roughly. */
  get keptBytes(): number {
    return (this.backlog?.queue.bytes ?? 0) + (this.inflight?.bytes ?? 0);
  }

  /** Nothing waits for the client: what comes goes behind nothing. */
  get hasNothingWaiting(): boolean {
    return this.backlog === undefined || this.backlog.isEmpty;
  }

  get queuedMessages(): number {
    return this.backlog?.queue.length ?? 0;
  }

  /** The client is there and half of what it may have waiting is used up: publishers should slow down. */
  get isPressed(): boolean {
    return this.isConnected && this.backlog !== undefined && this.backlog.isPressed;
  }

  /** Resolves when the queue has shrunk to a quarter of its limits, or the client has gone. */
  whenRoom(): Promise<void> {
    if (!this.isPressed) return Promise.resolve();
    return (this.#room ??= Promise.withResolvers<void>()).promise;
  }

  /** Is there room in the queue for that many messages of this size, together? */
  canQueue(bytes: number, messages = 1): boolean {
    return this.ownBacklog.queue.fits(bytes, messages);
  }

  /** Queued messages that will be void at a time. */
  get expiringMessages(): number {
    return this.backlog?.queue.expiringCount ?? 0;
  }

  /** Throws away queued messages that are void; looks at `most` of them, and the next call at the next ones. */
  expire(now: number, most: number): void {
    const removed = this.backlog?.queue.expire(now, most) ?? [];
    for (const one of removed) this.discard(one, "expired");
    if (removed.length > 0) this.relieved();
  }

  /** Throws away waiting messages that the client may not see (any more). */
  filterQueue(keep: (message: Message) => boolean): QueuedMessage[] {
    return this.#over(this.backlog?.queue.filter(({ message }) => keep(message)));
  }

  /** Throws away messages under way that the next client of the session may not see; returns them. */
  filterInflight(keep: (message: Message) => boolean): InflightMessage[] {
    return this.#over(this.inflight?.filter(({ message }) => keep(message)));
  }

  /**
   * Takes out what waits for shared subscriptions, or was sent at QoS 1 and is not acknowledged, the older first; a QoS
   * 2 message that was sent stays [MQTT-4.8.2-5]. The journal has them until `giveAway`.
   * @param goes asked for each; it must not change the session
   */
  takeShared(goes: (one: QueuedMessage, wasSent: boolean) => boolean): QueuedMessage[] {
    const keep = (wasSent: boolean) => (one: QueuedMessage) =>
      one.group === undefined || (wasSent && one.qos === 2) || !goes(one, wasSent);
    const sent = this.inflight?.filter(keep(true)) ?? [];
    const taken = [...sent, ...this.backlog?.queue.filter(keep(false)) ?? []];
    for (const one of taken) if (one.record !== undefined) (this.#leaving ??= new Set()).add(one);
    return taken;
  }

  /** What was taken out gets its other place by `give`. */
  giveAway(one: QueuedMessage, give: () => void): void {
    const { journal } = this;
    if (one.record === undefined || journal === undefined) return give();
    journal.givenAway(one.record, give);
    if (this.#leaving?.delete(one) && this.#leaving.size === 0) this.forgetTaken();
  }

  /** What was taken out and not given away is over. */
  forgetTaken(): void {
    this.#leaving = undefined;
    if (this.#hasEnded) this.journal?.ended();
  }

  /** A message as it is kept while it is under way. */
  protected toPass(publish: OutgoingPublish): Message {
    return this.inflightOut < MANY_UNDER_WAY ? this.#inSlab(publish) : publish.message;
  }

  /** A message as it is kept while it waits for a client that is there, or that is not. */
  protected toWait(publish: OutgoingPublish, isThere: boolean): Message {
    const isShort = isThere && this.queuedMessages < MANY_WAITING;
    return isShort ? this.#inSlab(publish) : publish.message;
  }

  /** What the journal writes down later has bytes of its own. */
  #inSlab(publish: OutgoingPublish): Message {
    if (this.journal !== undefined) return publish.message;
    const { slabs } = this.services;
    const message = publish.inSlab(slabs);
    if (message.slab === OWN) return message;
    if (message.slab < slabs.oldest) return message.own();
    if (!this.isInSlabs) slabs.add(this);
    return message;
  }

  settle(before: number, isOver: () => boolean): boolean {
    let stays = false;
    const isStopped = ({ message }: QueuedMessage) => {
      if (message.slab < before) message.own();
      else stays = true;
      return isOver();
    };
    return this.inflight?.some(isStopped) === true ||
      this.backlog?.queue.some(isStopped) === true || stays;
  }

  /** A list of its own: what was taken out, what is under way, in the order of first sending, and what waits. */
  entries(): QueuedMessage[] {
    return [
      ...this.#leaving ?? [],
      ...this.inflight?.exchanges ?? [],
      ...this.backlog?.queue.all ?? [],
    ];
  }

  /** The first ones that wait, in the order of sending. */
  waiting(most: number): QueuedMessage[] {
    return this.backlog?.queue.firstOnes(most) ?? [];
  }

  /** What is under way to the client, by packet id, in the order of first sending. */
  get underWay(): Iterable<readonly [packetId: number, InflightMessage]> {
    return this.inflight?.entries ?? [];
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
    this.inflight = new Inflight(this.journal, this.totals, lastPacketId);
    for (const [packetId, exchange] of kept) {
      if (packetId === 0) this.ownBacklog.queue.restore(exchange);
      else this.inflight.restore(packetId, exchange);
    }
    if (this.expiringMessages > 0) this.services.expires(this);
  }

  /**
   * Forgets everything: caches of routes may keep the object, but not what it held. What was taken out is still to be
   * given away. Returns what waited.
   */
  end(): QueuedMessage[] {
    const waited = this.backlog?.queue.filter(() => false) ?? [];
    this.forgetAll();
    this.backlog = undefined;
    this.relieved();
    this.#hasEnded = true;
    if (this.#leaving === undefined) this.journal?.ended();
    else this.journal?.ending();
    return waited;
  }

  /** Who waits for room goes on, if there is room or no one to wait for. */
  protected relieved(): void {
    if (this.isConnected && this.backlog !== undefined && !this.backlog.isRelieved) return;
    this.isImpatient = false;
    this.#room?.resolve();
    this.#room = undefined;
  }

  protected get ownBacklog(): Backlog {
    return this.backlog ??= new Backlog(this.limits, this.totals);
  }

  /** The client does not take them, and their exchanges are over. */
  protected refused(messages: readonly Message[]): void {
    for (const message of messages) this.services.discarded(this, message, "too large");
  }

  protected discard(one: QueuedMessage, why: Undelivered): void {
    this.#done(one);
    this.services.discarded(this, one.message, why);
  }

  #over<Entry extends QueuedMessage>(removed: Entry[] = []): Entry[] {
    for (const one of removed) this.#done(one);
    return removed;
  }

  #done({ record }: QueuedMessage): void {
    if (record !== undefined) this.journal?.done(record);
  }
}
