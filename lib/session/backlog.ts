/**
 * What waits for one client: live messages, and the retained ones that its new subscriptions are owed. Invariants: per
 * topic what is older goes first; apart from that both have their turns, so that neither keeps the other from ever
 * coming.
 */
import type { QoS } from "../wire/packets.ts";
import type { Message } from "./message.ts";
import type { OutgoingPublish } from "./outgoing.ts";
import { MessageQueue, type QueuedMessage, type QueueLimits } from "./queue.ts";
import {
  type OwedMessage,
  PAUSED,
  type ReplayFor,
  Replays,
  type RetainedSource,
} from "./replays.ts";
import type { SessionTotals } from "./totals.ts";

/** Publishers wait from this share of the queue's limits on, and until it is down to the other. */
const PRESSED_SHARE = 1 / 2;
const RELIEVED_SHARE = 1 / 4;

/** Live messages and replays. */
export class Backlog {
  readonly queue: MessageQueue;
  #replays: Replays | undefined;
  /** Was the last message a retained one? */
  #wasReplay = false;
  /** The retained message that `next` found; undefined: it was the queue's. */
  #owed: Message | undefined;

  constructor(limits: QueueLimits, totals: SessionTotals) {
    this.queue = new MessageQueue(limits, totals);
  }

  /** Half of what may wait is used up. */
  get isPressed(): boolean {
    return this.queue.usesMoreThan(PRESSED_SHARE);
  }

  /** A quarter is left, or less. */
  get isRelieved(): boolean {
    return !this.queue.usesMoreThan(RELIEVED_SHARE);
  }

  /** Nothing waits, and no replay was begun. */
  get isEmpty(): boolean {
    return this.queue.length === 0 && this.#replays === undefined;
  }

  /** Begins the replay of a new subscription. */
  addReplay(topicFilter: string, source: RetainedSource, subscription: ReplayFor): void {
    (this.#replays ??= new Replays()).add(topicFilter, source, subscription);
  }

  /** The subscription has ended. */
  deleteReplay(topicFilter: string): void {
    this.#replays?.delete(topicFilter);
  }

  /** Must a live message wait behind what is here, whether there is room for it or not? */
  holdsBack({ topicName, order }: OutgoingPublish, qos: QoS): boolean {
    if ((qos === 0 ? this.queue.plainCount : this.queue.length) > 0) return true;
    return this.#replays !== undefined && this.#replays.owes(topicName, order);
  }

  /** A live message that is retained as well did not reach the client. */
  lost(order: number): void {
    this.#replays?.lost(order);
  }

  /** The next message, left where it is. */
  next(): QueuedMessage | undefined {
    const owed = this.#chooseOwed();
    this.#owed = owed?.message;
    if (owed === undefined) return this.queue.first;
    const { message, subscription: { qos: granted, identifiers } } = owed;
    const qos = message.qos < granted ? message.qos : granted;
    if (qos > 0) message.own();
    const [group, record] = [undefined, undefined];
    return { message, qos, retain: true, identifiers, group, record, released: false }; // [MQTT-3.3.1-8]
  }

  /** What `next` found was sent. */
  sent(): void {
    this.#wasReplay = this.#owed !== undefined;
    if (this.#owed === undefined) this.queue.shift();
    else this.#replays!.sent(this.#owed);
  }

  /** The retained message that goes next; undefined: the queue goes on. */
  #chooseOwed(): OwedMessage | undefined {
    const replays = this.#replays;
    const next = replays?.next;
    if (replays === undefined || next === undefined) return this.#replays = undefined;
    const queued = this.queue.first?.message;
    if (queued === undefined) return next === PAUSED ? undefined : next;
    const before = replays.before(queued.topicName, queued.order);
    if (before !== undefined || next === PAUSED) return before;
    // A queue from before the subscription may hold what is older than the next. Where each has to wait for the other,
    // which takes filters that overlap beside it, the queue goes on.
    if (this.queue.holds(next.message.topicName)) return undefined;
    const isTurn = !this.#wasReplay || replays.owes(queued.topicName, queued.order);
    return isTurn ? next : undefined;
  }
}
