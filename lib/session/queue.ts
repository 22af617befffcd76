/**
 * Messages that wait for an absent or slow client, first in, first out, within limits. Invariants: `bytes` is the sum
 * of what is queued; a full queue refuses the newest, an empty one takes a message of any size.
 */
import { Fifo } from "../fifo.ts";
import type { QoS } from "../wire/packets.ts";
import type { Message } from "./message.ts";

/** A message, and the QoS and RETAIN flag it is to be delivered with. */
export interface QueuedMessage {
  readonly message: Message;
  readonly qos: QoS;
  readonly retain: boolean;
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
  #plain = 0;
  /** How many entries each topic has, since this was first asked for; gone when the queue is empty. */
  #topics: Map<string, number> | undefined;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** How many entries are to be delivered at QoS 0. */
  get plainCount(): number {
    return this.#plain;
  }

  /** The next entry, left where it is. */
  get first(): QueuedMessage | undefined {
    return this.#entries.first;
  }

  /** Does a message of this topic wait? */
  holds(topicName: string): boolean {
    if (this.length === 0) return false;
    this.#topics ??= countTopics(this.#entries);
    return this.#topics.has(topicName);
  }

  /** Puts an entry at the end; false when that would pass a limit. */
  push(entry: QueuedMessage): boolean {
    const { payload, topic } = entry.message;
    if (!this.fits(payload.length + topic.length)) return false;
    this.#entries.push(entry);
    this.#bytes += sizeOf(entry);
    if (entry.qos === 0) this.#plain++;
    if (this.#topics !== undefined) count(this.#topics, entry.message.topicName);
    return true;
  }

  /** Would a message pass no limit? `bytes`: payload and topic name together. */
  fits(bytes: number): boolean {
    const { maxQueuedMessages, maxQueuedBytes } = this.#limits;
    if (this.length === 0) return maxQueuedMessages > 0;
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
    if (entry !== undefined) this.#left(entry);
    if (this.length === 0) this.#topics = undefined;
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
    for (const entry of removed) this.#left(entry);
    return removed;
  }

  #left(entry: QueuedMessage): void {
    this.#bytes -= sizeOf(entry);
    if (entry.qos === 0) this.#plain--;
    if (this.#topics !== undefined) count(this.#topics, entry.message.topicName, -1);
  }
}

function countTopics(entries: Iterable<QueuedMessage>): Map<string, number> {
  const topics = new Map<string, number>();
  for (const { message } of entries) count(topics, message.topicName);
  return topics;
}

function count(topics: Map<string, number>, topicName: string, by = 1): void {
  const sum = (topics.get(topicName) ?? 0) + by;
  if (sum === 0) topics.delete(topicName);
  else topics.set(topicName, sum);
}

function sizeOf({ message }: QueuedMessage): number {
  return message.payload.length + message.topic.length + ENTRY_OVERHEAD;
}
