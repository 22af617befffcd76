/**
 * The journal of one session. Invariants: a message that was over before it was encoded is never written; an
 * entry's record says how the entry is when it is encoded.
 */
import type { SessionJournal } from "../session/journal.ts";
import { sizeOf } from "../session/message.ts";
import type { InflightMessage } from "../session/inflight.ts";
import type { QueuedMessage } from "../session/queue.ts";
import type { SubscriptionOptions } from "../session/subscription.ts";
import type { RecordWriter, WritableEntry, WritableSession } from "./records.ts";
import type { StoredClient } from "./state.ts";
import { type PendingRecord, RECORD_BYTES, type TurnRecords } from "./turn_records.ts";

/** What a recorder needs of a session, also for its image. */
export interface RecordedSession {
  /** The present or last client. */
  readonly holder: StoredClient | undefined;
  readonly expiryInterval: number;
  /** On the session's clock; NaN: its connection is there. */
  readonly detachedAt: number;
  readonly lastPacketId: number;
  readonly subscriptions: ReadonlyMap<string, SubscriptionOptions>;
  /** Packet ids of QoS 2 messages from the client. */
  readonly receivedIds: Iterable<number>;
  /** A copy of the lists: what is under way, in the order of first sending, and what waits. */
  entries(): QueuedMessage[];
}

/** The journal, as a recorder sees it. */
export interface RecordSink {
  /** The turn that gathers. */
  readonly turn: TurnRecords;
  /** Takes a record; the journal writes it soon, and what is promised on it waits. */
  promise(record: PendingRecord, bytes: number): void;
  /** Takes a record that no one waits for. */
  note(record: PendingRecord): void;
  noteDone(entry: EntryInJournal): void;
  /** @param own the turn of what the step is about, which may still be gathered apart */
  whenSafe(step: () => void, own?: TurnRecords): void;
  gatherInto<Result>(apart: TurnRecords, work: () => Result): Result;
  ended(recorder: SessionRecorder): void;
  toStoreTime(time: number): number;
}

/** A message of one session, in the journal. */
export class EntryInJournal implements WritableEntry, PendingRecord {
  readonly recorder: SessionRecorder;
  readonly number: number;
  place: number;
  packetId: number;
  entry: QueuedMessage | InflightMessage;
  /** The turn that it was first recorded in; undefined: it is encoded. */
  turn: TurnRecords | undefined;
  isDone = false;
  /** It is done, and yet to be encoded: what it stands for has its other place in a later turn. */
  isGiven = false;
  /** How it was in its own turn, where a later one has begun it before that was encoded. */
  #before: Pick<WritableEntry, "place" | "packetId"> | undefined;

  constructor(
    recorder: SessionRecorder,
    number: number,
    packetId: number,
    entry: QueuedMessage | InflightMessage,
    turn: TurnRecords | undefined,
  ) {
    this.recorder = recorder;
    this.number = this.place = number;
    this.packetId = packetId;
    this.entry = entry;
    this.turn = turn;
  }

  /** Is it in the log, or on its way there? */
  get isWritten(): boolean {
    return this.turn === undefined || this.turn.isEncoded;
  }

  /** It is under way, as another turn than its own will say. */
  beginLater(packetId: number, place: number): void {
    if (!this.isWritten) this.#before ??= { place: this.place, packetId: this.packetId };
    this.packetId = packetId;
    this.place = place;
  }

  write(out: RecordWriter): void {
    const { number, entry } = this;
    const { place, packetId } = this.#before ?? this;
    const isWanted = !this.isDone || this.isGiven;
    this.turn = this.#before = undefined;
    this.isGiven = false;
    if (isWanted) out.entry(this.recorder.number, { number, place, packetId, entry });
  }
}

/** That a QoS 2 message came from the client. */
interface Received {
  readonly turn: TurnRecords;
}

/** Writes down what happens to one session. */
export class SessionRecorder implements SessionJournal<StoredClient> {
  readonly #sink: RecordSink;
  readonly #session: RecordedSession;
  readonly number: number;
  /** For entries and their places. */
  #next: number;
  #isCreated: boolean;
  #isEnding = false;
  #hasEnded = false;
  /** Packet ids that were received in turns that are not encoded. */
  #receivedIn: Map<number, Received> | undefined;

  /** @param next the number of its next entry; undefined: the session is new */
  constructor(sink: RecordSink, session: RecordedSession, number: number, next?: number) {
    this.#sink = sink;
    this.#session = session;
    this.number = number;
    this.#isCreated = next !== undefined;
    this.#next = next ?? 1;
  }

  adopted(holder: StoredClient, expiryInterval: number): void {
    const isNew = !this.#isCreated;
    this.#isCreated = true;
    this.#promise((out) => {
      if (isNew) this.#writeHead(out, holder);
      else out.adopted(this.number, holder, expiryInterval);
    });
  }

  left(now: number, expiryInterval: number): void {
    const at = this.#sink.toStoreTime(now);
    this.#note((out) => out.left(this.number, at, expiryInterval));
  }

  ending(): void {
    this.#isEnding = true;
    this.#promise((out) => out.ending(this.number));
  }

  ended(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#sink.ended(this);
    this.#sink.promise({ write: (out) => out.ended(this.number) }, RECORD_BYTES);
  }

  subscribed(topicFilter: string, options: SubscriptionOptions): void {
    this.#promise(
      (out) => out.subscribed(this.number, topicFilter, options),
      RECORD_BYTES + topicFilter.length,
    );
  }

  unsubscribed(topicFilter: string): void {
    this.#promise(
      (out) => out.unsubscribed(this.number, topicFilter),
      RECORD_BYTES + topicFilter.length,
    );
  }

  queued(entry: QueuedMessage): EntryInJournal {
    return this.#enter(entry, 0);
  }

  begun(packetId: number, exchange: InflightMessage): EntryInJournal {
    const known = exchange.record;
    if (!(known instanceof EntryInJournal)) return this.#enter(exchange, packetId);
    known.entry = exchange;
    const { number } = known;
    const place = this.#next++;
    if (this.#isGathering(known)) {
      known.packetId = packetId;
      known.place = place;
      return known;
    }
    known.beginLater(packetId, place);
    this.#note((out) => {
      if (!known.isDone) out.begun(this.number, number, place, packetId);
    });
    return known;
  }

  released(record: EntryInJournal): void {
    this.#promise((out) => {
      if (!record.isDone) out.released(this.number, record.number);
    });
  }

  done(record: EntryInJournal): void {
    if (record.isDone) return;
    record.isDone = true;
    if (record.isWritten && !this.#hasEnded) this.#sink.noteDone(record);
  }

  givenAway(record: EntryInJournal, give: () => void): void {
    const { turn } = record;
    const isKnown = record.isWritten || record.isDone || turn === this.#sink.turn;
    if (!isKnown && turn!.isApart) {
      record.isDone = true;
      return this.#sink.gatherInto(turn!, give);
    }
    record.isGiven = !isKnown;
    this.done(record);
    if (record.isGiven) this.#sink.noteDone(record);
    give();
  }

  received(packetId: number): void {
    const received = { turn: this.#sink.turn };
    (this.#receivedIn ??= new Map()).set(packetId, received);
    this.#promise((out) => {
      if (this.#receivedIn?.get(packetId) !== received) return; // forgotten meanwhile
      this.#receivedIn.delete(packetId);
      out.received(this.number, packetId);
    });
  }

  forgotten(packetId: number): void {
    this.#receivedIn?.delete(packetId);
    this.#promise((out) => out.forgotten(this.number, packetId));
  }

  whenSafe({ turn }: EntryInJournal, step: () => void): void {
    this.#sink.whenSafe(step, turn);
  }

  whenReceived(packetId: number, step: () => void): void {
    this.#sink.whenSafe(step, this.#receivedIn?.get(packetId)?.turn);
  }

  /** An entry that was there at the start. */
  restored(entry: QueuedMessage | InflightMessage, number: number, packetId: number): void {
    const record = new EntryInJournal(this, number, packetId, entry, undefined);
    record.place = this.#next++;
    entry.record = record;
  }

  /** Writes all of the session, in pieces; what is gathered apart and not written yet is left out. */
  *image(out: RecordWriter): Generator<void> {
    const { holder, subscriptions, receivedIds } = this.#session;
    if (holder === undefined) return;
    this.#writeHead(out, holder);
    if (this.#isEnding) out.ending(this.number);
    for (const packetId of receivedIds) {
      if (this.#isReceivedSafe(packetId)) out.received(this.number, packetId);
    }
    for (const [topicFilter, options] of subscriptions) {
      out.subscribed(this.number, topicFilter, options);
    }
    for (const { record } of this.#session.entries()) {
      if (this.#hasEnded) return;
      if (!(record instanceof EntryInJournal) || !record.isWritten) continue;
      record.write(out);
      yield;
    }
  }

  /** Is its own turn still gathered, so that it can say what happens now? */
  #isGathering({ turn }: EntryInJournal): boolean {
    return turn !== undefined && (turn === this.#sink.turn || turn.isApart);
  }

  /** Else it would be known as received before what was received is. */
  #isReceivedSafe(packetId: number): boolean {
    return this.#receivedIn?.get(packetId)?.turn.isEncoded ?? true;
  }

  #writeHead(out: RecordWriter, client: StoredClient): void {
    const { expiryInterval, detachedAt, lastPacketId } = this.#session;
    const at = this.#sink.toStoreTime(detachedAt);
    const head: WritableSession = { client, expiryInterval, detachedAt: at, lastPacketId };
    out.session(this.number, head);
  }

  #enter(entry: QueuedMessage | InflightMessage, packetId: number): EntryInJournal {
    const { turn } = this.#sink;
    const record = new EntryInJournal(this, this.#next++, packetId, entry, turn);
    const { message } = entry;
    this.#sink.promise(record, RECORD_BYTES + (turn.isNews(message) ? sizeOf(message) : 0));
    return record;
  }

  #promise(write: (out: RecordWriter) => void, bytes = RECORD_BYTES): void {
    this.#sink.promise({ write }, bytes);
  }

  #note(write: (out: RecordWriter) => void): void {
    this.#sink.note({ write });
  }
}
