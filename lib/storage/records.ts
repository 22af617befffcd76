/**
 * The kinds of records, and how live things are written as records. Invariants: a message is written once an edition,
 * before the first record that names it by its order; a record says how things are, so that the same once more changes
 * nothing.
 */
import type { Message } from "../session/message.ts";
import type { InflightMessage } from "../session/inflight.ts";
import type { QueuedMessage } from "../session/queue.ts";
import type { SubscriptionOptions } from "../session/subscription.ts";
import { SharedGroup } from "../topic/shared_group.ts";
import { ByteWriter } from "./byte_writer.ts";
import type { StoredClient, StoredEntry, StoredWill } from "./state.ts";
import { writeClient, writeOptions, writeProperties, writeWill } from "./values.ts";

/** The first byte of each record. */
export const Kind = {
  MESSAGE: 1,
  RETAINED: 2,
  UNRETAINED: 3,
  SESSION: 4,
  ADOPTED: 5,
  LEFT: 6,
  ENDED: 7,
  SUBSCRIBED: 8,
  UNSUBSCRIBED: 9,
  ENTRY: 10,
  BEGUN: 11,
  RELEASED: 12,
  DONE: 13,
  RECEIVED: 14,
  FORGOTTEN: 15,
  WILL: 16,
  WILL_GONE: 17,
  NOTHING: 18,
  ENDING: 19,
} as const;

/** That of what was there at the start. */
export const FIRST_EDITION = 1;

/** The bits of a message, above its QoS. */
export const MessageBit = {
  RETAIN: 4,
  BROKER: 8,
  PUBLISHER: 16,
  PROPERTIES: 32,
  EXPIRES: 64,
} as const;

/** The bits of an entry, above its QoS. */
export const EntryBit = {
  RETAIN: 4,
  UNDER_WAY: 8,
  RELEASED: 16,
  IDENTIFIERS: 32,
  GROUP: 64,
} as const;

/** What an entry is written from. */
export interface WritableEntry {
  readonly number: number;
  /** In which order its session's entries go. */
  readonly place: number;
  /** 0: it waits. */
  readonly packetId: number;
  readonly entry: QueuedMessage | InflightMessage | StoredEntry;
}

/** What a session is written from. */
export interface WritableSession {
  readonly client: StoredClient;
  readonly expiryInterval: number;
  /** On the store's time; NaN: its connection is there. */
  readonly detachedAt: number;
  readonly lastPacketId: number;
}

/** Writes records; one at a time is the writer of a batch. */
export class RecordWriter {
  readonly #out = new ByteWriter();
  /** Messages of an earlier edition are written again. */
  edition = FIRST_EDITION;
  /** From the clock of sessions to the store's time. */
  toStoreTime: (time: number) => number;
  #lastOrder = 0;

  constructor(toStoreTime: (time: number) => number) {
    this.toStoreTime = toStoreTime;
  }

  get length(): number {
    return this.#out.length;
  }

  /** Borrowed until the next call. */
  get written(): Uint8Array {
    return this.#out.written;
  }

  /** A new batch begins. */
  begin(): void {
    this.#out.reset();
    this.#lastOrder = 0;
  }

  retained(message: Message): void {
    this.#message(message);
    this.#out.byte(Kind.RETAINED);
    this.#order(message);
  }

  unretained(topicName: string): void {
    this.#out.byte(Kind.UNRETAINED);
    this.#out.text(topicName);
  }

  /** A session is there; of one that was there already this is how its head is now. */
  session(number: number, session: WritableSession): void {
    this.#head(Kind.SESSION, number);
    writeClient(this.#out, session.client);
    this.#out.float(session.expiryInterval);
    this.#out.float(session.detachedAt);
    this.#out.varint(session.lastPacketId);
  }

  adopted(number: number, client: StoredClient, expiryInterval: number): void {
    this.#head(Kind.ADOPTED, number);
    writeClient(this.#out, client);
    this.#out.float(expiryInterval);
  }

  left(number: number, detachedAt: number, expiryInterval: number): void {
    this.#head(Kind.LEFT, number);
    this.#out.float(detachedAt);
    this.#out.float(expiryInterval);
  }

  /** There is no session any more, but some of its messages are to be given to others first. */
  ending(number: number): void {
    this.#head(Kind.ENDING, number);
  }

  ended(number: number): void {
    this.#head(Kind.ENDED, number);
  }

  subscribed(number: number, topicFilter: string, options: SubscriptionOptions): void {
    this.#head(Kind.SUBSCRIBED, number);
    this.#out.text(topicFilter);
    writeOptions(this.#out, options);
  }

  unsubscribed(number: number, topicFilter: string): void {
    this.#head(Kind.UNSUBSCRIBED, number);
    this.#out.text(topicFilter);
  }

  entry(session: number, { number, place, packetId, entry }: WritableEntry): void {
    const { message, qos, retain, identifiers, group } = entry;
    this.#message(message);
    const out = this.#out;
    const released = "released" in entry && entry.released;
    const filter = group instanceof SharedGroup ? group.filter : group;
    const isShared = typeof filter === "string";
    this.#head(Kind.ENTRY, session);
    out.varint(number);
    out.varint(place);
    this.#order(message);
    out.byte(
      qos | (retain ? EntryBit.RETAIN : 0) | (packetId === 0 ? 0 : EntryBit.UNDER_WAY) |
        (released ? EntryBit.RELEASED : 0) |
        (identifiers === undefined ? 0 : EntryBit.IDENTIFIERS) |
        (isShared ? EntryBit.GROUP : 0),
    );
    if (packetId !== 0) out.varint(packetId);
    if (identifiers !== undefined) {
      out.varint(identifiers.length);
      for (const identifier of identifiers) out.varint(identifier);
    }
    if (isShared) out.text(filter);
  }

  begun(session: number, number: number, place: number, packetId: number): void {
    this.#head(Kind.BEGUN, session);
    this.#out.varint(number);
    this.#out.varint(place);
    this.#out.varint(packetId);
  }

  released(session: number, number: number): void {
    this.#head(Kind.RELEASED, session);
    this.#out.varint(number);
  }

  done(session: number, number: number): void {
    this.#head(Kind.DONE, session);
    this.#out.varint(number);
  }

  received(session: number, packetId: number): void {
    this.#head(Kind.RECEIVED, session);
    this.#out.varint(packetId);
  }

  forgotten(session: number, packetId: number): void {
    this.#head(Kind.FORGOTTEN, session);
    this.#out.varint(packetId);
  }

  will(will: StoredWill): void {
    this.#out.byte(Kind.WILL);
    writeWill(this.#out, will);
  }

  willGone(clientId: string): void {
    this.#out.byte(Kind.WILL_GONE);
    this.#out.text(clientId);
  }

  /** For a batch that says what time it is. */
  nothing(): void {
    this.#out.byte(Kind.NOTHING);
  }

  #head(kind: number, session: number): void {
    this.#out.byte(kind);
    this.#out.varint(session);
  }

  /** Orders are near each other. */
  #order({ order }: Message): void {
    this.#out.signed(order - this.#lastOrder);
    this.#lastOrder = order;
  }

  #message(message: Message): void {
    if (message.recorded === this.edition) return;
    message.recorded = this.edition;
    const { topic, payload, qos, retain, origin, publisher, properties, expiresAt } = message;
    const out = this.#out;
    out.byte(Kind.MESSAGE);
    this.#order(message);
    out.byte(
      qos | (retain ? MessageBit.RETAIN : 0) | (origin === "broker" ? MessageBit.BROKER : 0) |
        (publisher === undefined ? 0 : MessageBit.PUBLISHER) |
        (properties === undefined ? 0 : MessageBit.PROPERTIES) |
        (expiresAt === undefined ? 0 : MessageBit.EXPIRES),
    );
    out.blob(topic);
    out.blob(payload);
    if (publisher !== undefined) out.text(publisher);
    if (properties !== undefined) writeProperties(out, properties);
    if (expiresAt !== undefined) out.float(this.toStoreTime(expiresAt));
  }
}
