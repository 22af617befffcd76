/**
 * Messages that wait for an absent or slow client, first in, first out, within limits. Invariants: `bytes` is the sum
 * of what is queued; a full queue refuses the newest, an empty one takes a message of any size; what has expired leaves
 * a gap, which no one sees and which is closed when there are many.
 */
import { Fifo } from "../fifo.ts";
import type { QoS } from "../wire/packets.ts";
import type { EntryRecord } from "./journal.ts";
import { type Message, sizeOf } from "./message.ts";
import { SessionTotals } from "./totals.ts";

/** A message, and what it is to be delivered with. */
export interface QueuedMessage {
  readonly message: Message;
  readonly qos: QoS;
  readonly retain: boolean;
  /** Of the subscriptions that it matched. */
  readonly identifiers: readonly number[] | undefined;
  /** The shared subscription that it is for; undefined: none. */
  readonly group: object | undefined;
  /** Where the journal has it; undefined: nowhere. */
  record: EntryRecord | undefined;
  /** PUBREC has come; PUBREL is what is sent again [MQTT-4.3.3-4]. False of what waits. */
  released: boolean;
}

/** How much may wait; Infinity is no limit. */
export interface QueueLimits {
  readonly maxQueuedMessages: number;
  readonly maxQueuedBytes: number;
}

/** What one entry costs beside its message, roughly. */
const ENTRY_OVERHEAD = 64;
/** A number in a list. */
const IDENTIFIER_BYTES = 8;
/** From this number of gaps on they are closed, if there are more of them than messages. */
const MANY_GAPS = 64;

type Entry = QueuedMessage | undefined;

/** A bounded first-in-first-out queue. */
export class MessageQueue {
  readonly #limits: QueueLimits;
  readonly #totals: SessionTotals;
  /** Undefined is a gap; the first entry is none. */
  #entries = new Fifo<Entry>();
  #gaps = 0;
  /** Payloads, topic names, properties and overhead. */
  #bytes = 0;
  #plain = 0;
  #expiring = 0;
  /** How far `expire` has looked, from the first entry on. */
  #lookedAt = 0;
  /** How many entries each topic has, since this was first asked for; gone when the queue is empty. */
  #topics: Map<string, number> | undefined;

  constructor(limits: QueueLimits, totals = new SessionTotals()) {
    this.#limits = limits;
    this.#totals = totals;
  }

  get length(): number {
    return this.#entries.length - this.#gaps;
  }

  /** How many entries are to be delivered at QoS 0. */
  get plainCount(): number {
    return this.#plain;
  }

  /** How many entries will be void at a time. */
  get expiringCount(): number {
    return this.#expiring;
  }

  get bytes(): number {
    return this.#bytes;
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
    if (!this.fits(weightOf(entry))) return false;
    this.restore(entry);
    return true;
  }

  /** Would that many messages of this size, together, pass no limit? */
  fits(bytes: number, messages = 1): boolean {
    const { maxQueuedMessages, maxQueuedBytes } = this.#limits;
    if (this.length === 0 && messages === 1) return maxQueuedMessages > 0;
    return this.length + messages <= maxQueuedMessages &&
      this.#bytes + bytes + messages * ENTRY_OVERHEAD <= maxQueuedBytes;
  }

  /** Does more wait than this share of what may? */
  usesMoreThan(share: number): boolean {
    const { maxQueuedMessages, maxQueuedBytes } = this.#limits;
    return this.length > maxQueuedMessages * share || this.#bytes > maxQueuedBytes * share;
  }

  /** What waits, as a list of its own. */
  get all(): QueuedMessage[] {
    const all: QueuedMessage[] = [];
    for (const entry of this.#entries) if (entry !== undefined) all.push(entry);
    return all;
  }

  /** Is it so for an entry? None is looked at behind the first. */
  some(isSo: (entry: QueuedMessage) => boolean): boolean {
    for (const entry of this.#entries) if (entry !== undefined && isSo(entry)) return true;
    return false;
  }

  /** What goes next, at most this many; the queue is as it was. */
  firstOnes(most: number): QueuedMessage[] {
    const first: QueuedMessage[] = [];
    for (const entry of this.#entries) {
      if (first.length === most) break;
      if (entry !== undefined) first.push(entry);
    }
    return first;
  }

  /** Puts back what waited before, whatever the limits are by now. */
  restore(entry: QueuedMessage): void {
    this.#entries.push(entry);
    this.#count(entry, 1);
  }

  shift(): QueuedMessage | undefined {
    const entry = this.#entries.shift();
    if (entry === undefined) return undefined;
    this.#stepOn();
    this.#closeFront();
    this.#left(entry);
    return entry;
  }

  /** Keeps the entries that pass; returns those that do not. */
  filter(keep: (entry: QueuedMessage) => boolean): QueuedMessage[] {
    const removed: QueuedMessage[] = [];
    const kept = new Fifo<Entry>();
    for (const entry of this.#entries) {
      if (entry === undefined) continue;
      if (keep(entry)) kept.push(entry);
      else removed.push(entry);
    }
    this.#entries = kept;
    this.#gaps = this.#lookedAt = 0;
    for (const entry of removed) this.#left(entry);
    return removed;
  }

  /**
   * Takes out what is void, looking at a number of entries only; the next call goes on behind them.
   * @param most how many entries are looked at
   */
  expire(now: number, most: number): QueuedMessage[] {
    const removed: QueuedMessage[] = [];
    const end = Math.min(this.#lookedAt + most, this.#entries.length);
    for (let at = this.#lookedAt; at < end; at++) {
      const entry = this.#entries.at(at);
      if (entry === undefined || !isVoid(entry.message, now)) continue;
      this.#entries.replace(at, undefined);
      this.#gaps++;
      removed.push(entry);
    }
    this.#lookedAt = end === this.#entries.length ? 0 : end;
    this.#closeFront();
    if (this.#gaps > MANY_GAPS && this.#gaps > this.length) this.filter(() => true);
    for (const entry of removed) this.#left(entry);
    return removed;
  }

  /** The first entry is no gap. */
  #closeFront(): void {
    while (this.#entries.length > 0 && this.#entries.first === undefined) {
      this.#entries.shift();
      this.#gaps--;
      this.#stepOn();
    }
  }

  #stepOn(): void {
    if (this.#lookedAt > 0) this.#lookedAt--;
  }

  #left(entry: QueuedMessage): void {
    this.#count(entry, -1);
    if (this.length === 0) this.#topics = undefined;
  }

  #count(entry: QueuedMessage, by: 1 | -1): void {
    const { message, qos } = entry;
    const weight = weightOf(entry);
    this.#bytes += by * (weight + ENTRY_OVERHEAD);
    this.#totals.queued += by;
    this.#totals.queuedBytes += by * weight;
    if (qos === 0) this.#plain += by;
    if (message.expiresAt !== undefined) this.#expiring += by;
    if (this.#topics !== undefined) count(this.#topics, message.topicName, by);
  }
}

/** Bytes of an entry. Identifiers are shared, but each entry may be the last that keeps a list of a thousand. */
function weightOf({ message, identifiers }: QueuedMessage): number {
  return sizeOf(message) + (identifiers === undefined ? 0 : identifiers.length * IDENTIFIER_BYTES);
}

/** Is its message expiry interval over? */
export function isVoid({ expiresAt }: Pick<Message, "expiresAt">, now: number): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}

function countTopics(entries: Iterable<Entry>): Map<string, number> {
  const topics = new Map<string, number>();
  for (const entry of entries) if (entry !== undefined) count(topics, entry.message.topicName);
  return topics;
}

function count(topics: Map<string, number>, topicName: string, by = 1): void {
  const sum = (topics.get(topicName) ?? 0) + by;
  if (sum === 0) topics.delete(topicName);
  else topics.set(topicName, sum);
}
