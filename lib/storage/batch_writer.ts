/**
 * Brings closed turns to the log, several in a batch, one batch at a time. Invariants: a turn is released when its batch
 * is safe, and behind the turns before it; a batch that failed is brought again, unchanged, until it is safe or the
 * journal is closed.
 */
import type { Clock } from "../clock.ts";
import { Fifo } from "../fifo.ts";
import type { Batch, BatchLog } from "./batch_log.ts";
import type { Editions } from "./editions.ts";
import type { RecordWriter } from "./records.ts";
import type { StoreTime } from "./store_time.ts";
import type { TurnRecords } from "./turn_records.ts";
import { WriteTally } from "./write_tally.ts";

/** Whom it tells, and the time. */
export interface WriterServices {
  readonly clock: Clock;
  /** A write has failed, the first one since all went well. */
  failed(cause: unknown): void;
  /** What failed is safe. */
  recovered(): void;
  /** The turn that is being gathered, which is closed by this; undefined: nothing is in it. */
  takeTurn(): TurnRecords | undefined;
  /** Turns of this size, in bytes, are safe. */
  released(bytes: number): void;
}

/** When a batch that failed is brought again: after this time, then after twice as long each, up to the longest; ms. */
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5000;
/** A write that is not done after this time has failed, as far as those who wait go; milliseconds. */
const PATIENCE_MS = 10_000;
/** What `batchBytes` is, unless it is given. */
const BATCH_BYTES = 1 << 20;

/** The way from turns to a log. */
export class BatchWriter {
  readonly #log: BatchLog;
  readonly #out: RecordWriter;
  readonly #editions: Editions;
  readonly #time: StoreTime;
  readonly #services: WriterServices;
  /** Closed turns that are not encoded. */
  readonly #waiting = new Fifo<TurnRecords>();
  readonly #isLate: boolean;
  readonly #batchBytes: number;
  #nextBatch: number;
  #isWriting = false;
  /** Ends with the writing that began last. */
  #writing: Promise<void> = Promise.resolve();
  #isClosed = false;
  #endWait: (() => void) | undefined;
  readonly tally: WriteTally;

  constructor(
    log: BatchLog,
    out: RecordWriter,
    editions: Editions,
    time: StoreTime,
    services: WriterServices,
    nextBatch: number,
    { isLate = false, batchBytes = BATCH_BYTES }: {
      readonly isLate?: boolean;
      readonly batchBytes?: number;
    },
  ) {
    this.#log = log;
    this.#out = out;
    this.#editions = editions;
    this.#time = time;
    this.#services = services;
    this.tally = new WriteTally(services.clock);
    this.#nextBatch = nextBatch;
    this.#isLate = isLate;
    this.#batchBytes = batchBytes;
  }

  get isIdle(): boolean {
    return !this.#isWriting;
  }

  /** A write that takes too long counts as failed until it is done. */
  look(): void {
    if (this.tally.waitingMs < PATIENCE_MS) return;
    this.#fails(new Error(`a write is not done after ${PATIENCE_MS / 1000} s`));
  }

  /** Takes a turn that is closed. */
  push(turn: TurnRecords): void {
    if (this.#isLate) return this.#forget(turn);
    this.#waiting.push(turn);
    this.start();
  }

  /** Writes, if there is anything to be written. */
  start(): void {
    if (this.#isClosed || this.#isWriting) return;
    this.#isWriting = true;
    this.#writing = this.#writeAll();
  }

  /** All that is live is written again from the next batch on, also what an edition under way has written already. */
  startEdition(): void {
    this.#editions.begin(this.#out, this.#nextBatch);
    this.start();
  }

  /** Ends when all is safe, or could not be written once more. */
  async close(): Promise<void> {
    if (this.#isLate) this.startEdition();
    this.#isClosed = true;
    this.#endWait?.();
    await this.#writing;
  }

  /** What is live is written at the end. */
  #forget(turn: TurnRecords): void {
    turn.forget();
    this.#services.released(turn.bytes);
    turn.release();
  }

  /** What is pushed until its very end is written too: no one would come for it. */
  async #writeAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0 || this.#goesOn) {
        const turns = this.#encode();
        const isSafe = this.#out.length === 0 || await this.#append();
        if (!isSafe) return; // it was never promised
        this.#released(turns);
      }
    } finally {
      this.#isWriting = false;
    }
  }

  #released(turns: readonly TurnRecords[]): void {
    let bytes = 0;
    for (const turn of turns) bytes += turn.bytes;
    this.#services.released(bytes);
    for (const turn of turns) turn.release();
  }

  /**
   * Turns with their records, and a piece of the edition. What is live is ahead of the turns that wait: a piece without
   * them would leave out what has gone from one place, and not have it in the other.
   */
  #encode(): TurnRecords[] {
    const out = this.#out;
    out.begin();
    const open = this.#services.takeTurn();
    if (open !== undefined) this.#waiting.push(open);
    if (this.#editions.isDue) this.#editions.begin(out, this.#nextBatch);
    const turns = this.#encodeTurns(this.#goesOn ? Infinity : this.#batchBytes);
    if (this.#goesOn) this.#editions.addPiece(out);
    return turns;
  }

  #encodeTurns(most: number): TurnRecords[] {
    const turns: TurnRecords[] = [];
    while (this.#out.length < most) {
      const turn = this.#waiting.shift();
      if (turn === undefined) break;
      turn.encode(this.#out);
      turns.push(turn);
    }
    return turns;
  }

  /** A stop leaves an edition as it is: what is live stands before it too. */
  get #goesOn(): boolean {
    return this.#editions.isWriting && (this.#isLate || !this.#isClosed);
  }

  /** False: the journal was closed before it was safe. */
  async #append(): Promise<boolean> {
    const body = this.#out.written;
    this.#editions.wrote(body.length);
    const { keepFrom } = this.#editions;
    const batch: Batch = { number: this.#nextBatch++, keepFrom, ...this.#time.stamp(), body };
    let pause = FIRST_RETRY_MS;
    for (;;) {
      this.tally.began();
      try {
        await this.#log.append(batch);
        break;
      } catch (cause) {
        this.tally.failures++;
        this.#fails(cause);
      } finally {
        this.tally.ended();
      }
      if (this.#isClosed) return false;
      await this.#wait(pause);
      pause = Math.min(pause * 2, LONGEST_RETRY_MS);
    }
    if (this.tally.succeeded(body.length)) this.#services.recovered();
    return true;
  }

  #fails(cause: unknown): void {
    if (this.tally.failed(cause)) this.#services.failed(cause);
  }

  /** A stop does not wait. */
  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#services.clock.after(milliseconds, resolve);
      this.#endWait = () => {
        cancel();
        resolve();
      };
    });
  }
}
