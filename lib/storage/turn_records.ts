/**
 * What was recorded in one turn of the event loop. Invariants: it is written in one batch, whole; once it is encoded
 * nothing is added; what waits for it goes on in the order in which it began to wait.
 */
import type { AckQueue, Hold } from "../net/ack_queue.ts";
import type { Message } from "../session/message.ts";
import type { EntryInJournal } from "./session_recorder.ts";
import type { RecordWriter } from "./records.ts";

/** What a record keeps in memory until it is written, beside a message, roughly. */
export const RECORD_BYTES = 64;

/** Something that was recorded and is not encoded yet. */
export interface PendingRecord {
  write(out: RecordWriter): void;
}

/** One turn's records, and who waits for them. */
export class TurnRecords {
  #records: PendingRecord[] = [];
  /** Entries that are over, which were written in an earlier turn. */
  #done: EntryInJournal[] = [];
  readonly #holds = new Map<AckQueue, Hold>();
  #steps: (() => void)[] | undefined;
  #bytes = 0;
  /** It gathers what several turns of the event loop bring; turns that come later may be written before it. */
  isApart: boolean;
  #lastMessage: Message | undefined;
  /** Encoded: it is being written, or was. */
  isEncoded = false;

  constructor(isApart = false) {
    this.isApart = isApart;
  }

  /** Of payloads and the like that are not written yet, roughly. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#records.length + this.#done.length + this.#holds.size === 0 &&
      this.#steps === undefined;
  }

  /** @param bytes what it keeps in memory until it is written */
  add(record: PendingRecord, bytes: number): void {
    this.#records.push(record);
    this.#bytes += bytes;
  }

  /** Is this message another one than the last that was asked about? To count one for many sessions once. */
  isNews(message: Message): boolean {
    if (this.#lastMessage === message) return false;
    this.#lastMessage = message;
    return true;
  }

  addDone(entry: EntryInJournal): void {
    this.#done.push(entry);
  }

  /** Keeps back what the connection promises from now on; once is enough. */
  hold(acks: AckQueue): void {
    if (!this.#holds.has(acks)) this.#holds.set(acks, acks.hold());
  }

  addStep(step: () => void): void {
    (this.#steps ??= []).push(step);
  }

  /** Writes the records, which are forgotten here. */
  encode(out: RecordWriter): void {
    this.isEncoded = true;
    for (const record of this.#records) record.write(out);
    for (const { recorder, number } of this.#done) out.done(recorder.number, number);
    this.forget();
  }

  /** The records are not to be written: what is live is, later. */
  forget(): void {
    this.isEncoded = true;
    this.#records = [];
    this.#done = [];
    this.#lastMessage = undefined;
  }

  /** All of it is safe. */
  release(): void {
    for (const hold of this.#holds.values()) attempt(() => hold.release());
    this.#holds.clear();
    for (const step of this.#steps ?? []) attempt(step);
    this.#steps = undefined;
  }
}

/** What fails for one who waits is a fault of its own, of which the process hears; the others go on. */
function attempt(step: () => void): void {
  try {
    step();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
