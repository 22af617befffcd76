/**
 * All batches of a store, in order, and what is wrong with it. Invariants: nothing is changed; a batch comes once, from
 * the place where it was written last; damage is what keeps a batch away that once was safe, and only that.
 */
import type { Batch } from "../batch_log.ts";
import type { Frame, Torn } from "./batch_frame.ts";
import type { Disk } from "./disk.ts";
import { SEGMENT_HEADER_SIZE } from "./segment.ts";
import { type SegmentContent, SegmentReader } from "./segment_reader.ts";
import { isBegun, type SegmentFile, type Survey } from "./survey.ts";

/** A batch, and where it stands. */
export interface PlacedBatch {
  readonly kind: "batch";
  readonly batch: Batch;
  readonly segment: SegmentFile;
  readonly at: number;
  readonly size: number;
  /** There is none behind it. */
  readonly isNewest: boolean;
}

/** What can be read no more. */
export interface Damage {
  readonly kind: "damage";
  /** What and where; not what to do. */
  readonly line: string;
  /** The segments that have it. */
  readonly segments: readonly SegmentFile[];
  /** The byte of the first of them from which on; undefined: unknown. */
  readonly at: number | undefined;
}

/** The end of a write that was under way when the broker or the machine ended: it was never safe. */
export interface TornTail {
  readonly kind: "torn";
  readonly line: string;
}

/** What a reader finds. */
export type Found = PlacedBatch | Damage | TornTail;

/** Reads a store once. */
export class StoreReader {
  readonly #survey: Survey;
  readonly #isTolerant: boolean;
  readonly #reader: SegmentReader;
  #keepFrom = 1;
  /** The number of the batch that is to come next. */
  #expected = 1;
  /** The newest batch: the next segment may have it again. */
  #held: PlacedBatch | undefined;
  /** Where what comes next was to be looked for. */
  #suspect: number;
  /** By segment: where the first bytes begin that are no batch. */
  readonly #holes = new Map<number, number>();

  /** @param isTolerant what the disk cannot read is damage */
  constructor(disk: Disk, survey: Survey, isTolerant = false) {
    this.#survey = survey;
    this.#isTolerant = isTolerant;
    this.#reader = new SegmentReader(disk, survey.id, isTolerant);
    this.#suspect = survey.segments[0]?.number ?? 0;
  }

  /** The number of the first batch that is needed; known from the first one that was read on. */
  get keepFrom(): number {
    return this.#keepFrom;
  }

  /** @throws what the system says when a segment cannot be opened, or cannot be read */
  async *read(): AsyncGenerator<Found> {
    const { segments, strangers } = this.#survey;
    const unreadable = segments.find(({ problem }) => problem !== undefined);
    if (unreadable !== undefined && !this.#isTolerant) throw unreadable.problem;
    for (const stranger of strangers) yield strangeDamage(stranger);
    const keepFrom = await this.#newestKeepFrom();
    this.#expected = this.#keepFrom = Math.max(1, keepFrom ?? 1);
    const start = segments.findLastIndex((segment) => startsBefore(segment, this.#expected));
    for (const segment of segments.slice(Math.max(0, start))) yield* this.#readSegment(segment);
    if (this.#held !== undefined) yield { ...this.#held, isNewest: true };
    if (keepFrom === undefined) yield* this.#nothingReadable();
  }

  /** Undefined: there is no batch. */
  async #newestKeepFrom(): Promise<number | undefined> {
    for (const segment of this.#survey.segments.toReversed()) {
      const newest = (await this.#reader.read(segment)).frames().reduce(later, undefined);
      if (newest !== undefined) return newest.batch.keepFrom;
    }
    return undefined;
  }

  async *#readSegment(segment: SegmentFile): AsyncGenerator<Found> {
    const content = await this.#reader.read(segment);
    yield* unreadableDamage(segment, content);
    yield* this.#begin(segment);
    let end = SEGMENT_HEADER_SIZE;
    for (const frame of content.frames()) {
      if (frame.at > end) this.#noteHole(segment, end);
      yield* this.#take(frame, segment, frame.at > end);
      end = frame.at + frame.size;
    }
    if (!this.#holes.has(segment.number)) this.#holes.set(segment.number, end);
    if (segment === this.#survey.segments.at(-1)) {
      yield* tornTail(segment, content.tornAt(end), end);
    }
  }

  #noteHole({ number }: SegmentFile, at: number): void {
    this.#suspect = Math.min(this.#suspect, number);
    if (!this.#holes.has(number)) this.#holes.set(number, at);
  }

  /** What its header says of the batches before it. */
  *#begin(segment: SegmentFile): Generator<Found> {
    const { header } = segment;
    if (header === undefined) return;
    if (this.#expected <= header.after) yield this.#missing(header.after, segment, false);
    if (this.#expected <= header.first) {
      this.#expected = header.first;
      this.#suspect = segment.number;
    }
  }

  *#take(frame: Frame, segment: SegmentFile, isBehindHole: boolean): Generator<Found> {
    const { number } = frame.batch;
    const placed: PlacedBatch = { kind: "batch", ...frame, segment, isNewest: false };
    if (number === this.#held?.batch.number) this.#held = placed;
    if (number < this.#expected) return;
    if (number > this.#expected) yield this.#missing(number - 1, segment, isBehindHole);
    if (this.#held !== undefined) yield this.#held;
    this.#held = placed;
    this.#expected = number + 1;
    this.#suspect = segment.number;
  }

  /** All up to `last` are missing, as is seen in this segment. */
  #missing(last: number, seen: SegmentFile, isBehindHole: boolean): Damage {
    const first = this.#expected;
    this.#expected = last + 1;
    const segments = this.#survey.segments.filter(({ number }) =>
      number >= this.#suspect && (number < seen.number || (number === seen.number && isBehindHole))
    );
    const what = first === last ? `batch ${first} is` : `batches ${first} to ${last} are`;
    const where = segments.length === 0
      ? `no file has ${first === last ? "it" : "them"}, ${seen.name} goes on behind`
      : `damaged: ${segments.map(({ name }) => name).join(", ")}`;
    const at = segments[0] === undefined ? undefined : this.#holes.get(segments[0].number);
    return { kind: "damage", line: `${what} missing; ${where}`, segments, at };
  }

  /** A store that was never written to is no damage, and a first write that was cut short neither. */
  *#nothingReadable(): Generator<Damage> {
    const written = this.#survey.segments.filter(({ header, number, isBlank }) =>
      header === undefined ? !isBlank && number > 1 : header.first > 1
    );
    if (written.length === 0) return;
    const names = written.map(({ name }) => name).join(", ");
    const line = `no batch can be read; damaged: ${names}`;
    yield { kind: "damage", line, segments: written, at: SEGMENT_HEADER_SIZE };
  }
}

function later(_: Frame | undefined, frame: Frame): Frame {
  return frame;
}

/** Does it begin with an older batch? One that begins with this batch may be the second that tries to hold it. */
function startsBefore(segment: SegmentFile, batch: number): boolean {
  return isBegun(segment) && segment.header.first < batch;
}

function strangeDamage(segment: SegmentFile): Damage {
  const line = `${segment.name} is of another store, or has the name of another segment`;
  return { kind: "damage", line, segments: [segment], at: 0 };
}

function* unreadableDamage(segment: SegmentFile, content: SegmentContent): Generator<Damage> {
  if (content.unreadable === undefined) return;
  const { bytes, problem } = content.unreadable;
  const line = `${bytes} bytes of ${segment.name} cannot be read: ${problem}`;
  yield { kind: "damage", line, segments: [segment], at: undefined };
}

/** One write at a time is under way: more than one that is not whole is no matter of how the broker ended. */
function* tornTail(
  segment: SegmentFile,
  { bytes, batches }: Torn,
  at: number,
): Generator<TornTail | Damage> {
  const { name } = segment;
  if (batches > 1) {
    const line = `the last ${batches} batches of ${name} cannot be read`;
    yield { kind: "damage", line, segments: [segment], at };
  } else if (bytes > 0) {
    const what = `${bytes} bytes that were never acknowledged are left out`;
    yield { kind: "torn", line: `${name}: the last write was cut short, ${what}` };
  }
}
