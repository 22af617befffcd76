/**
 * Log cleaning: when the log has grown to a multiple of what is live, all that is live is written again, in pieces, and
 * what was written before is needed no more. Invariants: one edition at a time; a piece is small, however much is live;
 * live records go on between the pieces.
 */
import type { Message } from "../session/message.ts";
import type { RecordWriter } from "./records.ts";
import type { Replayed } from "./replayed.ts";
import type { SessionRecorder } from "./session_recorder.ts";
import type { StoredWill } from "./state.ts";

/** What is live. Each may change while it is gone through. */
export interface LiveState {
  /** Undefined among them: nothing, but the caller may pause. */
  retained(): Iterable<Message | undefined>;
  wills(): Iterable<StoredWill>;
  /** About how many bytes all of it takes, rather too many than too few. */
  bytes(): number;
}

/** When to clean, in bytes. */
export interface CleaningLimits {
  /** Below this the log is left alone. */
  readonly leastBytes: number;
  /** From this multiple of what is live on it is cleaned. */
  readonly factor: number;
}

/** What one batch takes of an edition, bytes. */
const PIECE_BYTES = 131_072;
/** How often what has become dead is looked for, milliseconds. */
const LOOK_MS = 600_000;
/** Things that are looked at in one piece, written or not. */
const PIECE_STEPS = 4096;

/** The editions of one journal. */
export class Editions {
  readonly #limits: CleaningLimits;
  readonly #live: LiveState;
  readonly #sessions: Iterable<SessionRecorder>;
  #walk: Generator<void> | undefined;
  /** The first batch of the edition that is written. */
  #from = 0;
  #keepFrom: number;
  /** Written since the last whole edition began. */
  #logBytes: number;
  /** What the last whole edition took. */
  #liveBytes: number;
  #walkBytes = 0;
  #sinceFrom = 0;
  #lookedAt: number | undefined;

  /** @param replayed what the log has at the start */
  constructor(
    limits: CleaningLimits,
    live: LiveState,
    sessions: Iterable<SessionRecorder>,
    { bytes, liveBytes, firstBatch }: Replayed,
  ) {
    this.#limits = limits;
    this.#live = live;
    this.#sessions = sessions;
    this.#logBytes = bytes;
    this.#liveBytes = liveBytes;
    this.#keepFrom = firstBatch;
  }

  get isWriting(): boolean {
    return this.#walk !== undefined;
  }

  /** Is it time for an edition? */
  get isDue(): boolean {
    const { leastBytes, factor } = this.#limits;
    return this.#walk === undefined &&
      this.#logBytes > Math.max(leastBytes, factor * this.#liveBytes);
  }

  /** Called now and then: is it time for one though little is written, for much of what was live is dead? */
  isDueAt(now: number): boolean {
    this.#lookedAt ??= now;
    if (now - this.#lookedAt < LOOK_MS) return false;
    this.#lookedAt = now;
    if (this.#logBytes <= this.#limits.leastBytes) return false;
    this.#liveBytes = Math.min(this.#liveBytes, this.#live.bytes());
    return this.isDue;
  }

  /** An edition begins with this batch. */
  begin(out: RecordWriter, batch: number): void {
    out.edition++;
    this.#from = batch;
    this.#walkBytes = this.#sinceFrom = 0;
    this.#walk = this.#all(out);
  }

  /** Adds a piece to the batch. */
  addPiece(out: RecordWriter): void {
    const walk = this.#walk;
    if (walk === undefined) return;
    const from = out.length;
    for (let steps = 0; steps < PIECE_STEPS && out.length - from < PIECE_BYTES; steps++) {
      if (!walk.next().done) continue;
      this.#walk = undefined;
      break;
    }
    this.#walkBytes += out.length - from;
    if (this.#walk !== undefined) return;
    if (out.length === 0) out.nothing(); // nothing is live, and a batch has to say so
    this.#keepFrom = this.#from;
    this.#liveBytes = this.#walkBytes;
    this.#logBytes = this.#sinceFrom;
  }

  /** What the batch that is closed may say: what is below is needed no more once it is safe. */
  get keepFrom(): number {
    return this.#keepFrom;
  }

  /** A batch of this many bytes was closed. */
  wrote(bytes: number): void {
    this.#logBytes += bytes;
    this.#sinceFrom += bytes;
  }

  *#all(out: RecordWriter): Generator<void> {
    for (const message of this.#live.retained()) {
      if (message !== undefined) out.retained(message);
      yield;
    }
    for (const recorder of this.#sessions) {
      yield* recorder.image(out);
      yield;
    }
    for (const will of this.#live.wills()) {
      out.will(will);
      yield;
    }
  }
}
