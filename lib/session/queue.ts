/**
 * Messages that wait for an absent or slow client, first in, first out, within limits. Used by Session.
 * Invariant: `bytes` is the sum of what is queued; a full queue refuses the newest.
 */
import type { QoS } from "../wire/packets.ts";
import type { Message } from "./message.ts";

/** A message and the QoS it is to be delivered at. */
export interface QueuedMessage {
  readonly message: Message;
  readonly qos: QoS;
}

/** What one entry costs beside its payload and topic, roughly. */
const ENTRY_OVERHEAD = 64;
/** So many taken entries may stay in front before the array is cut. */
const COMPACT_AT = 64;

/** A bounded first-in-first-out queue. */
export class MessageQueue {
  #entries: QueuedMessage[] = [];
  #head = 0;
  #bytes = 0;

  get length(): number {
    return this.#entries.length - this.#head;
  }

  /** Payloads, topic names and overhead. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Puts an entry at the end; false when that would pass a limit. */
  push(entry: QueuedMessage, maxMessages: number, maxBytes: number): boolean {
    const { payload, topic } = entry.message;
    if (!this.fits(payload.length + topic.length, maxMessages, maxBytes)) return false;
    this.#entries.push(entry);
    this.#bytes += sizeOf(entry);
    return true;
  }

  /** Would a message whose payload and topic name have so many bytes together pass no limit? */
  fits(bytes: number, maxMessages: number, maxBytes: number): boolean {
    return this.length < maxMessages && this.#bytes + bytes + ENTRY_OVERHEAD <= maxBytes;
  }

  shift(): QueuedMessage | undefined {
    const entry = this.#entries[this.#head];
    if (entry === undefined) return undefined;
    this.#head++;
    this.#bytes -= sizeOf(entry);
    if (this.#head === this.#entries.length) {
      this.#entries = [];
      this.#head = 0;
    } else if (this.#head >= COMPACT_AT && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }

  /** Keeps the entries that pass; returns those that do not. */
  filter(keep: (message: Message) => boolean): QueuedMessage[] {
    const removed: QueuedMessage[] = [];
    const kept: QueuedMessage[] = [];
    for (const entry of this.#entries.slice(this.#head)) {
      (keep(entry.message) ? kept : removed).push(entry);
    }
    this.#entries = kept;
    this.#head = 0;
    this.#bytes = kept.reduce((sum, entry) => sum + sizeOf(entry), 0);
    return removed;
  }
}

function sizeOf({ message }: QueuedMessage): number {
  return message.payload.length + message.topic.length + ENTRY_OVERHEAD;
}
