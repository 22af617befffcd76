/**
 * Retained messages that new subscriptions are still owed. Invariants: one replay per topic filter, so that a client
 * which subscribes again and again owes us no memory; what a filter matches is looked up when its turn comes, and each
 * message again when it is sent, so that none is older than the topic's present one.
 */
import type { QoS } from "../wire/packets.ts";
import type { Message } from "./message.ts";

/** The retained messages of one subscription's filter. */
export interface RetainedSource {
  /** Every message that matches now. */
  find(): Message[];
  /** The message to send in place of one that was found earlier; undefined: none any more. */
  current(found: Message): Message | undefined;
}

interface Replay {
  readonly source: RetainedSource;
  readonly qos: QoS;
  messages: Message[] | undefined;
  at: number;
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
    this.#waiting.set(topicFilter, { source, qos, messages: undefined, at: 0 });
  }

  /** The subscription has ended. */
  delete(topicFilter: string): void {
    this.#waiting.delete(topicFilter);
  }

  /** Sends as much as possible. `send` answers false when the message has to wait. */
  drain(send: (message: Message, qos: QoS) => boolean): void {
    for (const [topicFilter, replay] of this.#waiting) {
      const messages = replay.messages ??= replay.source.find();
      for (; replay.at < messages.length; replay.at++) {
        const message = replay.source.current(messages[replay.at]!);
        if (message !== undefined && !send(message, replay.qos)) return;
      }
      this.#waiting.delete(topicFilter);
    }
  }
}
