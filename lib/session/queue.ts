/**
 * Messages that wait for an absent or slow client, first in, first out, within limits. Invariant: `bytes` is the sum of
 * what is queued; a full queue refuses the newest.
 */
import { Fifo } from "../fifo.ts";
import type { QoS } from "../wire/packets.ts";
import type { Message } from "./message.ts";

/** A message and the QoS it is to be delivered at. */
export interface QueuedMessage {
  readonly message: Message;
  readonly qos: QoS;
}

/** How much may wait; Infinity is no limit. */
export interface QueueLimits {
  readonly maxQueuedMessages: number;
  readonly maxQueuedBytes: number;
}

/** What one entry costs beside its payload and topic, roughly. */
const ENTRY_OVERHEAD = 64;
/** A bounded first-in-first-out queue. */
export class MessageQueue {
  readonly #limits: QueueLimits;
  readonly #entries = new Fifo<QueuedMessage>();
  /** Payloads, topic names and overhead. */
  #bytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** Puts an entry at the end; false when that would pass a limit. */
  push(entry: QueuedMessage): boolean {
    const { payload, topic } = entry.message;
    if (!this.fits(payload.length + topic.length)) return false;
    this.#entries.push(entry);
    this.#bytes += sizeOf(entry);
    return true;
  }

  /** Would a message pass no limit? `bytes`: payload and topic name together. */
  fits(bytes: number): boolean {
    const { maxQueuedMessages, maxQueuedBytes } = this.#limits;
    return this.length < maxQueuedMessages &&
      this.#bytes + bytes + ENTRY_OVERHEAD <= maxQueuedBytes;
  }

  /** Does more wait than this share of what may? */
  usesMoreThan(share: number): boolean {
    const { maxQueuedMessages, maxQueuedBytes } = this.#limits;
    return this.length > maxQueuedMessages * share || this.#bytes > maxQueuedBytes * share;
  }

  shift(): QueuedMessage | undefined {
    const entry = this.#entries.shift();
    if (entry !== undefined) this.#bytes -= sizeOf(entry);
    return entry;
  }

  /** Keeps the entries that pass; returns those that do not. */
  filter(keep: (message: Message) => boolean): QueuedMessage[] {
    const removed: QueuedMessage[] = [];
    for (let left = this.length; left > 0; left--) {
      const entry = this.#entries.shift()!;
      if (keep(entry.message)) this.#entries.push(entry);
      else removed.push(entry);
    }
    this.#bytes -= removed.reduce((sum, entry) => sum + sizeOf(entry), 0);
    return removed;
  }
}

function sizeOf({ message }: QueuedMessage): number {
  return message.payload.length + message.topic.length + ENTRY_OVERHEAD;
}
