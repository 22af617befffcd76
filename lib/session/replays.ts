/**
 * Retained messages that new subscriptions are still owed. Invariants: one replay per topic filter, so that a client
 * which subscribes again and again owes us no memory; what a filter matches is looked up when its turn comes, and each
 * message again when it is sent, so that none is older than the topic's present one; what was retained after the
 * subscription, and is on its way to it as a live message, is not sent a second time.
 */
import type { QoS } from "../wire/packets.ts";
import type { Message } from "./message.ts";

/** The retained messages of one subscription's filter. */
export interface RetainedSource {
  /** The order of the last message before the subscription. */
  readonly since: number;
  /** Every message that matches now. */
  find(): Message[];
  /** The message that a topic has now, if the subscription may have it. */
  current(topicName: string): Message | undefined;
  /** Does the filter match this topic name? */
  covers(topicName: string): boolean;
}

/** A retained message, and the QoS of the subscription that is owed it. */
export interface OwedMessage {
  readonly message: Message;
  readonly qos: QoS;
}

/** How many replays are asked whether they owe a message; those behind are taken to. */
const MANY = 16;

/** The replay of one filter. */
class Replay {
  readonly source: RetainedSource;
  readonly qos: QoS;
  #messages: Message[] | undefined;
  #at = 0;
  /** The topics that are left; made when it is first asked for. */
  #left: Set<string> | undefined;

  constructor(source: RetainedSource, qos: QoS) {
    this.source = source;
    this.qos = qos;
  }

  /** A message that is to be sent; undefined when there is none any more. */
  next(lostUntil: number): Message | undefined {
    const messages = this.#messages ??= this.source.find();
    for (; this.#at < messages.length; this.#at++) {
      const { topicName } = messages[this.#at]!;
      const message = this.#isLeft(topicName) ? this.source.current(topicName) : undefined;
      if (message !== undefined && !this.#isLive(message, lostUntil)) return message;
      this.#left?.delete(topicName);
    }
    return undefined;
  }

  /** This topic's message was sent. */
  sent(topicName: string): void {
    if (this.#messages![this.#at]!.topicName === topicName) this.#at++;
    this.#left?.delete(topicName);
  }

  /** The message of this topic, if it is still to be sent and older than `order`. */
  owed(topicName: string, order: number, lostUntil: number): Message | undefined {
    if (!this.source.covers(topicName)) return undefined;
    const message = this.source.current(topicName);
    if (message === undefined || message.order >= order) return undefined;
    if (this.#isLive(message, lostUntil)) return undefined;
    if (this.#messages !== undefined) this.#left ??= this.#topicsFrom(this.#at);
    return this.#isLeft(topicName) ? message : undefined;
  }

  #isLeft(topicName: string): boolean {
    return this.#left === undefined || this.#left.has(topicName);
  }

  #topicsFrom(at: number): Set<string> {
    return new Set(this.#messages!.slice(at).map(({ topicName }) => topicName));
  }

  #isLive({ order }: Message, lostUntil: number): boolean {
    return order > this.source.since && order > lostUntil;
  }
}

/** Replays in the order of their subscriptions; the first is under way. */
export class Replays {
  readonly #waiting = new Map<string, Replay>();
  /** The order of the last retained message whose live delivery was lost. */
  #lostUntil = 0;

  /** Begins a replay, in place of the same filter's that is not done. */
  add(topicFilter: string, source: RetainedSource, qos: QoS): void {
    this.#waiting.delete(topicFilter);
    this.#waiting.set(topicFilter, new Replay(source, qos));
  }

  /** The subscription has ended. */
  delete(topicFilter: string): void {
    this.#waiting.delete(topicFilter);
  }

  /** The next message, left where it is; undefined when nothing is owed any more. */
  get next(): OwedMessage | undefined {
    for (const [topicFilter, replay] of this.#waiting) {
      const message = replay.next(this.#lostUntil);
      if (message !== undefined) return { message, qos: replay.qos };
      this.#waiting.delete(topicFilter);
    }
    return undefined;
  }

  /** The message of this topic that is older than `order`, where the replay under way owes it. */
  before(topicName: string, order: number): OwedMessage | undefined {
    for (const replay of this.#waiting.values()) {
      const message = replay.owed(topicName, order, this.#lostUntil);
      return message && { message, qos: replay.qos };
    }
    return undefined;
  }

  /** A message of the replay under way was sent. */
  sent({ topicName }: Message): void {
    for (const replay of this.#waiting.values()) return replay.sent(topicName);
  }

  /** A live message that is retained as well did not reach the client: its replay is owed. */
  lost(order: number): void {
    this.#lostUntil = order;
  }

  /** Is a message of this topic that is older than `order` still to be sent? Where there are many replays: perhaps. */
  owes(topicName: string, order: number): boolean {
    let asked = 0;
    for (const replay of this.#waiting.values()) {
      if (asked++ === MANY) return (replay.source.current(topicName)?.order ?? Infinity) < order;
      if (replay.owed(topicName, order, this.#lostUntil) !== undefined) return true;
    }
    return false;
  }
}
