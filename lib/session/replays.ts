/**
 * Retained messages that new subscriptions are still owed. Invariants: one replay per topic filter, so that a client
 * which subscribes again and again owes us no memory; what a filter matches is looked up when its turn comes, and each
 * message again when it is sent, so that none is older than the topic's present one; what was retained after the
 * subscription, and is on its way to it as a live message, is not sent a second time.
 */
import type { QoS } from "../wire/packets.ts";
import type { Message } from "./message.ts";

/** What a search finds: the message is looked up when its turn comes. */
export interface Found {
  readonly topicName: string;
}

/** The retained messages of one subscription's filter. */
export interface RetainedSource {
  /** The order of the last message before the subscription. */
  readonly since: number;
  /** Every topic with a message that matches; undefined among them: not now, the session will be told to go on. */
  find(): Iterable<Found | undefined>;
  /**
   * The message that a topic has now, if the subscription may have it.
   * @param found what the search has found this moment, which may save a look; undefined: it was a while ago
   */
  current(topicName: string, found?: Found): Message | undefined;
  /** Does the filter match this topic name? */
  covers(topicName: string): boolean;
}

/** The subscription of a replay. */
export interface ReplayFor {
  /** The one that was granted. */
  readonly qos: QoS;
  readonly identifiers: readonly number[] | undefined;
}

/** A retained message, and the subscription that is owed it. */
export interface OwedMessage {
  readonly message: Message;
  readonly subscription: ReplayFor;
}

/** The search for what a filter matches has paused. */
export const PAUSED = Symbol("paused");

/** How many replays are asked whether they owe a message; those behind are taken to. */
const MANY = 16;

/** Topics of one Set; where it is full another begins, for a Set copies all that it has when it grows. */
const TOPICS_A_SET = 16_384;

/** A set of any number of topics. */
class Topics {
  #newest = new Set<string>();
  readonly #sets = [this.#newest];

  add(topicName: string): void {
    if (this.#newest.size === TOPICS_A_SET) this.#sets.push(this.#newest = new Set());
    this.#newest.add(topicName);
  }

  has(topicName: string): boolean {
    return this.#sets.some((topics) => topics.has(topicName));
  }
}

/** The replay of one filter. */
class Replay {
  readonly source: RetainedSource;
  readonly subscription: ReplayFor;
  #search: Iterator<Found | undefined> | undefined;
  /** Found, and the next to be sent. */
  #found: string | undefined;
  /** Topics that are done with. */
  readonly #done = new Topics();
  /** Those of them that the search may still find. */
  #early: Set<string> | undefined;

  constructor(source: RetainedSource, subscription: ReplayFor) {
    this.source = source;
    this.subscription = subscription;
  }

  /** A message that is to be sent; undefined when there is none any more. */
  next(lostUntil: number): Message | typeof PAUSED | undefined {
    const search = this.#search ??= this.source.find()[Symbol.iterator]();
    for (;;) {
      let fresh: Found | undefined;
      if (this.#found === undefined) {
        const { done, value } = search.next();
        if (done) return undefined;
        if (value === undefined) return PAUSED;
        fresh = value;
        this.#found = value.topicName;
      }
      const isEarly = this.#early?.has(this.#found);
      const message = isEarly ? undefined : this.source.current(this.#found, fresh);
      if (message !== undefined && !this.#isOver(message, lostUntil)) return message;
      this.sent(this.#found);
    }
  }

  /** This topic's message was sent, or need not be. */
  sent(topicName: string): void {
    this.#done.add(topicName);
    if (this.#found === topicName) this.#found = undefined;
    else (this.#early ??= new Set()).add(topicName);
  }

  /** The message of this topic, if it is still to be sent and older than `order`. */
  owed(topicName: string, order: number, lostUntil: number): Message | undefined {
    if (this.#done.has(topicName) || !this.source.covers(topicName)) return undefined;
    const message = this.source.current(topicName);
    if (message === undefined || message.order >= order) return undefined;
    return this.#isLive(message, lostUntil) ? undefined : message;
  }

  /** A topic is found a second time only where it went, and came again behind the subscription. */
  #isOver(message: Message, lostUntil: number): boolean {
    return this.#isLive(message, lostUntil) ||
      (message.order > this.source.since && this.#done.has(message.topicName));
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
  add(topicFilter: string, source: RetainedSource, subscription: ReplayFor): void {
    this.#waiting.delete(topicFilter);
    this.#waiting.set(topicFilter, new Replay(source, subscription));
  }

  /** The subscription has ended. */
  delete(topicFilter: string): void {
    this.#waiting.delete(topicFilter);
  }

  /** The next message, left where it is; undefined when nothing is owed any more. */
  get next(): OwedMessage | typeof PAUSED | undefined {
    for (const [topicFilter, replay] of this.#waiting) {
      const message = replay.next(this.#lostUntil);
      if (message === PAUSED) return PAUSED;
      if (message !== undefined) return { message, subscription: replay.subscription };
      this.#waiting.delete(topicFilter);
    }
    return undefined;
  }

  /** The message of this topic that is older than `order`, where the replay under way owes it. */
  before(topicName: string, order: number): OwedMessage | undefined {
    for (const replay of this.#waiting.values()) {
      const message = replay.owed(topicName, order, this.#lostUntil);
      return message && { message, subscription: replay.subscription };
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
