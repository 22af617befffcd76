/**
 * The journal: what was promised is written before the promise leaves. A turn's records are gathered as they are, and
 * encoded when no write is under way, so that many turns share a write, and what was acknowledged meanwhile is never
 * written. Invariants: what is recorded in one turn of the event loop is safe together; what waits goes on in the order
 * in which it began to wait.
 */
import type { AckQueue } from "../net/ack_queue.ts";
import { sizeOf } from "../session/message.ts";
import type { BatchLog } from "./batch_log.ts";
import { BatchWriter } from "./batch_writer.ts";
import { Editions } from "./editions.ts";
import type { JournalOptions, JournalServices } from "./journal_options.ts";
import { PendingBytes } from "./pending_bytes.ts";
import { RecordWriter } from "./records.ts";
import { retainedRecord } from "./retained_record.ts";
import type { Replayed } from "./replayed.ts";
import {
  type EntryInJournal,
  type RecordedSession,
  type RecordSink,
  SessionRecorder,
} from "./session_recorder.ts";
import type { StoredWill } from "./state.ts";
import { StoreTime } from "./store_time.ts";
import { type PendingRecord, RECORD_BYTES, TurnRecords } from "./turn_records.ts";
import type { WriteTally } from "./write_tally.ts";

/** What no one waits for is written after this time, with what comes till then; milliseconds. */
const LEISURE_MS = 1000;
/** No more bytes than this wait for company. */
const LEISURE_BYTES = 64 * 1024;

/** Gathers, and keeps back what is promised. */
export class Journal implements RecordSink {
  readonly #services: JournalServices;
  readonly log: BatchLog;
  readonly #writer: BatchWriter;
  readonly #recorders = new Set<SessionRecorder>();
  #nextSession: number;
  #turn = new TurnRecords();
  #isCloseAhead = false;
  #cancelLeisure: (() => void) | undefined;
  readonly #writeDelayMs: number;
  /** Topics of the turn that gathers, whose record has what is retained when it is written; while there is a delay. */
  readonly #gathered = new Set<string>();
  readonly #pending: PendingBytes;
  #hasGaps = false;
  readonly time: StoreTime;
  /** Rises with every record that a promise may stand on. */
  promised = 0;

  /** @param replayed what the log has */
  constructor(
    log: BatchLog,
    replayed: Replayed,
    options: JournalOptions,
    services: JournalServices,
  ) {
    this.log = log;
    this.#pending = new PendingBytes(options.maxPendingBytes);
    this.#services = services;
    this.#writeDelayMs = options.writeDelayMs ?? 0;
    this.time = new StoreTime(services.clock, replayed.state.time, replayed.wall);
    this.#nextSession = replayed.nextSession;
    const out = new RecordWriter((time) => this.time.of(time));
    const editions = new Editions(options.cleaning, services.live, this.#recorders, replayed);
    const { clock } = services;
    this.#writer = new BatchWriter(
      log,
      out,
      editions,
      this.time,
      {
        clock,
        failed: (cause) => {
          services.failed(cause);
          this.#pending.relieve();
        },
        recovered: () => this.#recovered(),
        released: (bytes) => this.#pending.remove(bytes),
        takeTurn: () => this.#takeTurn(),
      },
      replayed.lastBatch + 1,
      options,
    );
  }

  /** The turn that gathers. */
  get turn(): TurnRecords {
    return this.#turn;
  }

  /** Bytes that wait to be safe, roughly. */
  get pendingBytes(): number {
    return this.#pending.count;
  }

  /** How its writes go. */
  get tally(): WriteTally {
    return this.#writer.tally;
  }

  /** Nothing more can be promised: the disk takes nothing, and all that may wait for it does. */
  get refuses(): boolean {
    return this.tally.isFailing && this.#pending.isFull;
  }

  /** The journal of a session. @param restored the numbers it had, for one that was read */
  recorderFor(
    session: RecordedSession,
    restored?: { readonly number: number; readonly nextNumber: number },
  ): SessionRecorder {
    const number = restored?.number ?? this.#nextSession++;
    const recorder = new SessionRecorder(this, session, number, restored?.nextNumber);
    this.#recorders.add(recorder);
    return recorder;
  }

  /** The retained message of a topic is another, or gone. */
  retained(topicName: string): void {
    if (this.#gathered.has(topicName) && !this.#turn.isApart) return void this.promised++;
    const message = this.#services.retained(topicName);
    const isNews = message !== undefined && this.#turn.isNews(message);
    const bytes = RECORD_BYTES + topicName.length + (isNews ? sizeOf(message) : 0);
    this.#add(retainedRecord(topicName, this.#services), bytes);
    const mayWait = this.#writeDelayMs > 0 && this.#pending.count < LEISURE_BYTES;
    if (!mayWait || this.#turn.isApart) return this.#hurry();
    this.#gathered.add(topicName);
    this.#atLeisure(this.#writeDelayMs);
  }

  /** A retained message has expired: the log will do without it, some time. */
  retainedExpired(topicName: string): void {
    this.note(retainedRecord(topicName, this.#services));
  }

  /** A client has left this will, or one that is delayed waits now; `due` on the store's time. */
  will(will: StoredWill): void {
    if (this.#leavesOut) return;
    this.promise({ write: (out) => out.will(will) }, RECORD_BYTES + will.payload.length);
  }

  /** The will of this client id was taken back or published. */
  willGone(clientId: string): void {
    if (this.#leavesOut) return;
    this.promise({ write: (out) => out.willGone(clientId) }, RECORD_BYTES);
  }

  promise(record: PendingRecord, bytes: number): void {
    this.#add(record, bytes);
    this.#hurry();
  }

  note(record: PendingRecord): void {
    this.#turn.add(record, RECORD_BYTES);
    this.#pending.add(RECORD_BYTES);
    this.#atLeisure();
  }

  noteDone(entry: EntryInJournal): void {
    this.#turn.addDone(entry);
    this.#atLeisure();
  }

  /** Keeps back what the connection promises from now on until all that was recorded so far is safe. */
  hold(acks: AckQueue): void {
    if (this.#isIdle) return;
    this.#turn.hold(acks);
    this.#hurry();
  }

  /**
   * Calls back when all that was recorded so far is safe: at once, where it is.
   * @param own the turn of what the step is about, which may still be gathered apart
   */
  whenSafe(step: () => void, own?: TurnRecords): void {
    if (own?.isApart) return own.addStep(step);
    if (this.#isIdle) return step();
    this.#turn.addStep(step);
    this.#hurry();
  }

  /** Undefined while little waits; else resolves when little waits again, or when writing fails. */
  whenRoom(): Promise<void> | undefined {
    return this.tally.isFailing ? undefined : this.#pending.whenRoom();
  }

  /** Runs `work` with its records apart: those of several turns that are to be safe together. */
  gatherInto<Result>(apart: TurnRecords, work: () => Result): Result {
    const turn = this.#turn;
    this.#turn = apart;
    try {
      return work();
    } finally {
      this.#turn = turn;
    }
  }

  /** The records that were gathered apart are whole. */
  closeApart(apart: TurnRecords): void {
    apart.isApart = false;
    if (!apart.isEmpty) this.#writer.push(apart);
  }

  /** Called now and then: for a write that takes too long, and a machine's clock that was set. */
  look(): void {
    this.#writer.look();
    if (this.#isIdle && this.time.isOff) this.promise({ write: (out) => out.nothing() }, 0);
  }

  /** Writes everything that is live again. */
  startEdition(): void {
    this.#writer.startEdition();
  }

  ended(recorder: SessionRecorder): void {
    this.#recorders.delete(recorder);
  }

  toStoreTime(time: number): number {
    return this.time.of(time);
  }

  /** Writes what waits, and closes the log. What cannot be written now was never promised. */
  async close(): Promise<void> {
    this.#closeTurn();
    await this.#writer.close();
    await this.log.close();
  }

  /** Nothing waits, and nothing is being written. */
  get #isIdle(): boolean {
    return this.#turn.isEmpty && this.#writer.isIdle;
  }

  /** Is there no room for a record that no one waits for? All that is live is written when there is. */
  get #leavesOut(): boolean {
    const { refuses } = this;
    this.#hasGaps ||= refuses;
    return refuses;
  }

  #add(record: PendingRecord, bytes: number): void {
    this.promised++;
    this.#turn.add(record, bytes);
    this.#pending.add(bytes);
  }

  #hurry(): void {
    if (this.#isCloseAhead) return;
    this.#isCloseAhead = true;
    queueMicrotask(() => {
      this.#isCloseAhead = false;
      this.#closeTurn();
    });
  }

  #atLeisure(milliseconds = LEISURE_MS): void {
    this.#cancelLeisure ??= this.#services.clock.after(milliseconds, () => this.#closeTurn());
  }

  #closeTurn(): void {
    const turn = this.#takeTurn();
    if (turn !== undefined) this.#writer.push(turn);
  }

  #takeTurn(): TurnRecords | undefined {
    this.#cancelLeisure?.();
    this.#cancelLeisure = undefined;
    const turn = this.#turn;
    if (turn.isEmpty || turn.isApart) return undefined;
    this.#gathered.clear();
    this.#turn = new TurnRecords();
    return turn;
  }

  #recovered(): void {
    this.#services.recovered();
    if (this.#hasGaps) this.#writer.startEdition();
    this.#hasGaps = false;
  }
}
