/**
 * From batches to the state that they come to. Invariants: a record about what is unknown is ignored, for the log may
 * begin behind what it was about; a session's image adds to what is known of its number, for it may be cut off; of a
 * client id the session with the highest number counts, and what others have left is on its way to other sessions.
 */
import { Message } from "../session/message.ts";
import { messageOf } from "../user_error.ts";
import { type Batch, StoreError } from "./batch_log.ts";
import { ByteReader, textOf } from "./byte_reader.ts";
import { EntryBit, Kind, MessageBit } from "./records.ts";
import {
  liveBytesOf,
  NOT_OWNED,
  ownBytes,
  type Reading,
  type Replayed,
  settled,
} from "./replayed.ts";
import { emptyState, type StoredEntry, type StoredSession } from "./state.ts";
import { qosOf, readClient, readOptions, readProperties, readWill } from "./values.ts";

/** Reads batches in their order. */
export class Replay {
  readonly #state = emptyState();
  readonly #sessions = new Map<number, Reading>();
  readonly #messages = new Map<number, Message>();
  #nextSession = 1;
  #lastBatch = 0;
  #wall = NaN;
  #bytes = 0;
  #lastOrder = 0;
  #keepFrom = 1;

  /** @throws StoreError for records that make no sense; what was read is of no use then */
  add(batch: Batch): void {
    try {
      this.#add(batch);
    } catch (cause) {
      throw new StoreError(`batch ${batch.number}: ${messageOf(cause)}`, { cause });
    }
  }

  #add({ number, keepFrom, time, wall, body }: Batch): void {
    this.#lastBatch = number;
    this.#keepFrom = Math.max(this.#keepFrom, keepFrom);
    this.#state.time = Math.max(this.#state.time, time);
    this.#wall = wall;
    this.#bytes += body.length;
    this.#lastOrder = 0;
    const from = new ByteReader(body);
    while (!from.isAtEnd) this.#record(from);
  }

  /** What all that was added has come to. */
  get result(): Replayed {
    const { sessions, ending } = settled(this.#sessions);
    for (const { session } of sessions) this.#state.sessions.set(session.client.clientId, session);
    ownBytes(this.#state, ending);
    return {
      state: this.#state,
      sessions,
      ending,
      nextSession: this.#nextSession,
      lastBatch: this.#lastBatch,
      wall: this.#wall,
      bytes: this.#bytes,
      liveBytes: liveBytesOf(this.#state),
      firstBatch: this.#keepFrom,
    };
  }

  #record(from: ByteReader): void {
    const kind = from.byte();
    if (kind === Kind.MESSAGE) return this.#message(from);
    if (kind === Kind.RETAINED) return this.#retained(from);
    if (kind === Kind.UNRETAINED) return void this.#state.retained.delete(from.text());
    if (kind === Kind.WILL) {
      const will = readWill(from);
      return void this.#state.wills.set(will.client.clientId, will);
    }
    if (kind === Kind.NOTHING) return;
    if (kind === Kind.WILL_GONE) return void this.#state.wills.delete(from.text());
    const number = from.varint();
    if (kind === Kind.SESSION) return this.#session(number, from);
    if (kind === Kind.ENTRY) return this.#entry(this.#sessions.get(number), from);
    this.#change(kind, number, from);
  }

  #change(kind: number, number: number, from: ByteReader): void {
    const session = this.#sessions.get(number)?.session;
    // What belongs to an unknown session is read all the same.
    switch (kind) {
      case Kind.ADOPTED:
        return this.#adopted(number, from);
      case Kind.LEFT: {
        const [detachedAt, expiryInterval] = [from.float(), from.float()];
        if (session !== undefined) Object.assign(session, { detachedAt, expiryInterval });
        return;
      }
      case Kind.ENDING:
        return this.#ending(number);
      case Kind.ENDED:
        return void this.#sessions.delete(number);
      case Kind.SUBSCRIBED: {
        const topicFilter = from.text();
        const options = readOptions(from);
        return void session?.subscriptions.set(topicFilter, options);
      }
      case Kind.UNSUBSCRIBED:
        return remove(session?.subscriptions, from.text());
      case Kind.BEGUN:
        return this.#begun(this.#sessions.get(number), from);
      case Kind.RELEASED: {
        const entryNumber = from.varint();
        return update(session, entryNumber, { released: true });
      }
      case Kind.DONE:
        return remove(session?.entries, from.varint());
      case Kind.RECEIVED: {
        const packetId = from.varint();
        return void session?.received.add(packetId);
      }
      case Kind.FORGOTTEN:
        return remove(session?.received, from.varint());
      default:
        throw new StoreError(`a record of an unknown kind, ${kind}`);
    }
  }

  #message(from: ByteReader): void {
    const order = this.#order(from);
    const bits = from.byte();
    const has = (bit: number) => (bits & bit) !== 0;
    const topic = from.view();
    const message = Message.of({
      topicName: textOf(topic, 0, topic.length),
      topic,
      payload: from.view(),
      qos: qosOf(bits),
      retain: has(MessageBit.RETAIN),
      origin: has(MessageBit.BROKER) ? "broker" : "client",
      order,
      publisher: has(MessageBit.PUBLISHER) ? from.text() : undefined,
      properties: has(MessageBit.PROPERTIES) ? readProperties(from) : undefined,
      expiresAt: has(MessageBit.EXPIRES) ? from.float() : undefined,
      recorded: NOT_OWNED,
    });
    this.#messages.set(order, message);
    this.#state.lastOrder = Math.max(this.#state.lastOrder, order);
  }

  #order(from: ByteReader): number {
    return this.#lastOrder += from.signed();
  }

  #retained(from: ByteReader): void {
    const message = this.#messages.get(this.#order(from));
    if (message !== undefined) this.#state.retained.set(message.topicName, message);
  }

  #session(number: number, from: ByteReader): void {
    const client = readClient(from);
    const expiryInterval = from.float();
    const detachedAt = from.float();
    this.#nextSession = Math.max(this.#nextSession, number + 1);
    const known = this.#sessions.get(number);
    this.#sessions.set(number, {
      places: known?.places ?? new Map(),
      isEnding: known?.isEnding ?? false,
      session: {
        client,
        expiryInterval,
        detachedAt: Number.isNaN(detachedAt) ? undefined : detachedAt,
        lastPacketId: from.varint(),
        // The rest of an image may be in a batch that was never written: what is known stays, and is as true.
        subscriptions: known?.session.subscriptions ?? new Map(),
        received: known?.session.received ?? new Set(),
        entries: known?.session.entries ?? new Map(),
      },
    });
  }

  #adopted(number: number, from: ByteReader): void {
    const client = readClient(from);
    const expiryInterval = from.float();
    const known = this.#sessions.get(number);
    if (known === undefined) return;
    const session = { ...known.session, client, expiryInterval, detachedAt: undefined };
    this.#sessions.set(number, { ...known, session });
  }

  #ending(number: number): void {
    const reading = this.#sessions.get(number);
    if (reading === undefined) return;
    reading.isEnding = true;
    reading.session.subscriptions.clear();
    reading.session.received.clear();
  }

  #entry(reading: Reading | undefined, from: ByteReader): void {
    const number = from.varint();
    const place = from.varint();
    const message = this.#messages.get(this.#order(from));
    const bits = from.byte();
    const has = (bit: number) => (bits & bit) !== 0;
    const entry = {
      qos: qosOf(bits),
      retain: has(EntryBit.RETAIN),
      released: has(EntryBit.RELEASED),
      packetId: has(EntryBit.UNDER_WAY) ? from.varint() : 0,
      identifiers: has(EntryBit.IDENTIFIERS) ? identifiersIn(from) : undefined,
      group: has(EntryBit.GROUP) ? from.text() : undefined,
    };
    if (reading === undefined || message === undefined) return;
    const { session, places } = reading;
    session.entries.set(number, { message, ...entry });
    places.set(number, place);
    if (entry.packetId !== 0) session.lastPacketId = entry.packetId;
  }

  #begun(reading: Reading | undefined, from: ByteReader): void {
    const [number, place, packetId] = [from.varint(), from.varint(), from.varint()];
    if (reading === undefined || !reading.session.entries.has(number)) return;
    update(reading.session, number, { packetId });
    reading.places.set(number, place);
    reading.session.lastPacketId = packetId;
  }
}

/** Their number may be anything in a log that makes no sense. */
function identifiersIn(from: ByteReader): number[] {
  const identifiers: number[] = [];
  for (let left = from.varint(); left > 0; left--) identifiers.push(from.varint());
  return identifiers;
}

function remove<Key>(from: { delete(key: Key): boolean } | undefined, key: Key): void {
  from?.delete(key);
}

function update(
  session: StoredSession | undefined,
  number: number,
  changes: Partial<StoredEntry>,
): void {
  const entry = session?.entries.get(number);
  if (entry !== undefined) session!.entries.set(number, { ...entry, ...changes });
}
