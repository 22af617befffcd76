/**
 * Retained messages that new subscriptions are still owed. Invariants: one replay per topic filter, so that a client
 * which subscribes again and again owes us no memory; what a filter matches is looked up when its turn comes, one
 * message after the other, and a message that had to wait again when it is sent, so that none is older than the
 * topic's present one.
 */
import type { QoS } from "../wire/packets.ts";
import type { Message } from "./message.ts";

/** The retained messages of one subscription's filter. */
export interface RetainedSource {
  /** Every message that matches; undefined among them: not now, the session will be told to go on. */
  find(): Iterable<Message | undefined>;
  /** The message to send in place of one that was found earlier; undefined: none any more. */
  current(found: Message): Message | undefined;
}

interface Replay {
  readonly source: RetainedSource;
  readonly qos: QoS;
  messages: Iterator<Message | undefined> | undefined;
  /** Found, but it had to wait. */
  next: Message | undefined;
}

/** Replays in the order of their subscriptions. */
export class Replays {
  readonly #waiting = new Map<string, Replay>();

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Begins a replay, in place of the same filter's that is not done. */
  add(topicFilter: string, source: RetainedSource, qos: QoS): void {
    this.#waiting.delete(topicFilter);
    this.#waiting.set(topicFilter, { source, qos, messages: undefined, next: undefined });
  }

  /** The subscription has ended. */
  delete(topicFilter: string): void {
    this.#waiting.delete(topicFilter);
  }

  /** Sends as much as possible. `send` answers false when the message has to wait. */
  drain(send: (message: Message, qos: QoS) => boolean): void {
    for (const [topicFilter, replay] of this.#waiting) {
      if (!drainOne(replay, send)) return;
      this.#waiting.delete(topicFilter);
    }
  }
}

/** False when a message, or the search, has to wait. */
function drainOne(replay: Replay, send: (message: Message, qos: QoS) => boolean): boolean {
  const { source, qos } = replay;
  const messages = replay.messages ??= source.find()[Symbol.iterator]();
  for (;;) {
    if (replay.next === undefined) {
      const { done, value } = messages.next();
      if (done) return true;
      if (value === undefined) return false;
      replay.next = value;
    }
    const message = source.current(replay.next);
    if (message !== undefined && !send(message, qos)) return false;
    replay.next = undefined;
  }
}
