/**
 * The journal in files: batches one behind another in segments, which are used again once nothing in them is needed.
 * Invariants: bytes that a promise rests on are not written over; after a failed write the file is left alone; a file is
 * used again only when the batch that permits it, and all that is needed beside, is on the disk.
 */
import { SYSTEM_CLOCK } from "../../clock.ts";
import { messageOf } from "../../user_error.ts";
import { type Batch, type BatchLog, StoreError } from "../batch_log.ts";
import { FrameEncoder, markOf } from "./batch_frame.ts";
import type { Disk } from "./disk.ts";
import { type FileStats, type OpenSegment, SegmentFiles } from "./segment_files.ts";
import { SCHEMA, type SegmentHeader, STORE_ID_SIZE } from "./segment.ts";
import { type PlacedBatch, StoreReader } from "./store_reader.ts";
import { isBegun, type Survey, surveyOf } from "./survey.ts";

/** What an append outlives: with `full` a power cut, with `os` the end of the process. */
export type Durability = "full" | "os";

/** How a log is kept. */
export interface SegmentLogOptions {
  readonly durability: Durability;
  /** A segment is full from this many bytes on; 4 MiB when it is left out. */
  readonly segmentSize?: number;
  /** What `load` does about damage: it refuses, as when left out, or keeps what can be read (salvage.ts). */
  readonly damage?: "refuse" | "salvage";
  /** Told what `load` found that a person may want to know: one line each. */
  readonly onDamage?: (line: string) => void;
  /** Milliseconds since the epoch. */
  readonly epoch?: () => number;
}

/** What a log costs. */
export interface SegmentLogStats extends FileStats {
  /** Bytes written since the start. */
  readonly written: number;
}

const SEGMENT_SIZE = 4 * 1024 * 1024;
/** A file grows in steps of this many bytes. */
const ROOM = 64 * 1024;
const ZEROS = new Uint8Array(ROOM);

/** A log of batches on a disk. */
export class SegmentLog implements BatchLog {
  readonly #disk: Disk;
  readonly #isFlushed: boolean;
  readonly #segmentSize: number;
  readonly #damage: "refuse" | "salvage";
  readonly #onDamage: (line: string) => void;
  readonly #epoch: () => number;
  readonly #encoder = new FrameEncoder();
  readonly #files: SegmentFiles;
  #id: Uint8Array = crypto.getRandomValues(new Uint8Array(STORE_ID_SIZE));
  /** What is written to; undefined: the next batch begins a segment. */
  #open: OpenSegment | undefined;
  #written = 0;
  /** Before that no one knows which files are free. */
  #isLoaded = false;

  constructor(disk: Disk, options: SegmentLogOptions) {
    this.#disk = disk;
    this.#isFlushed = options.durability === "full";
    this.#segmentSize = options.segmentSize ?? SEGMENT_SIZE;
    this.#damage = options.damage ?? "refuse";
    this.#onDamage = options.onDamage ?? (() => {});
    this.#epoch = options.epoch ?? SYSTEM_CLOCK.epoch;
    this.#files = new SegmentFiles(disk, 2 * this.#segmentSize);
  }

  get stats(): SegmentLogStats {
    return { written: this.#written, ...this.#files.stats };
  }

  async *load(): AsyncGenerator<Batch> {
    try {
      if (this.#damage === "salvage") await this.#mend();
      yield* this.#read();
    } catch (cause) {
      if (cause instanceof StoreError) throw cause;
      throw new StoreError(`${this.#disk.path} cannot be used: ${messageOf(cause)}`, { cause });
    }
  }

  async append(batch: Batch): Promise<void> {
    if (!this.#isLoaded) throw new Error("a log is loaded, to its end, before it is appended to");
    const open = await this.#segmentFor(batch);
    const keepFrom = this.#files.permitted(batch.keepFrom);
    try {
      const end = await this.#write(
        open,
        keepFrom === batch.keepFrom ? batch : { ...batch, keepFrom },
      );
      if (this.#isFlushed || this.#files.canRelease(keepFrom)) await open.file.sync();
      open.position = end;
    } catch (error) {
      this.#abandon(open);
      throw error;
    }
    this.#files.release(keepFrom);
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    try {
      if (open !== undefined) await this.#retire(open);
      await this.#files.tidy();
    } finally {
      this.#disk.close();
    }
  }

  /** The code for it is loaded when it is needed. */
  async #mend(): Promise<void> {
    const { salvage } = await import("./salvage.ts");
    await salvage(this.#disk, {
      segmentSize: this.#segmentSize,
      epoch: this.#epoch(),
      onDamage: this.#onDamage,
    });
  }

  async *#read(): AsyncGenerator<Batch> {
    await this.#disk.syncFolder(); // what is seen now must not be otherwise after a power cut
    const survey = await surveyOf(this.#disk);
    const firsts = new Map<number, number>();
    for await (const found of new StoreReader(this.#disk, survey).read()) {
      if (found.kind === "torn") this.#onDamage(found.line);
      else if (found.kind === "damage") throw damaged(this.#disk.path, found.line);
      else {
        const { number } = found.segment;
        if (!firsts.has(number)) firsts.set(number, found.batch.number);
        if (found.isNewest) await this.#secure(found);
        yield found.batch;
      }
    }
    this.#adopt(survey, firsts);
    this.#isLoaded = true;
  }

  /**
   * The newest batch may be in the system's memory alone, and the flush that was to bring it to the disk may have failed:
   * it is written once more, before anything rests on it.
   */
  async #secure({ segment, at, size }: PlacedBatch): Promise<void> {
    const file = await this.#disk.open(segment.name, "write");
    try {
      const bytes = new Uint8Array(size);
      await file.read(bytes, at);
      await file.write(bytes, at);
      await file.sync();
    } finally {
      file.close();
    }
  }

  #adopt({ id, highest, segments, spares }: Survey, firsts: ReadonlyMap<number, number>): void {
    this.#id = id ?? this.#id;
    this.#files.highest = highest;
    if (firsts.size === 0) {
      return [...segments, ...spares].forEach(({ name }) => this.#files.drop(name));
    }
    for (const segment of segments) {
      const first = firsts.get(segment.number);
      if (first === undefined) this.#files.spare({ name: segment.name, size: segment.size });
      else this.#files.add({ ...segment, first: isBegun(segment) ? segment.header.first : first });
    }
    for (const { name, size } of spares) this.#files.spare({ name, size });
  }

  async #segmentFor(batch: Batch): Promise<OpenSegment> {
    const open = this.#open;
    if (open !== undefined && open.position < this.#segmentSize) return open;
    this.#open = undefined;
    if (open !== undefined) await this.#retire(open);
    return this.#open = await this.#files.begin(batch.number);
  }

  /** Gives where the batch ends. */
  async #write(open: OpenSegment, batch: Batch): Promise<number> {
    const header = open.position === 0 ? this.#headerOf(open) : undefined;
    let position = open.position;
    for (const piece of this.#encoder.encode(batch, markOf(this.#id, open.number), header)) {
      await open.file.write(piece, position);
      position += piece.length;
      this.#written += piece.length;
    }
    if (position > open.size) open.size = await this.#makeRoom(open, position);
    return position;
  }

  /**
   * Fills a file that grows with zeros, some way ahead, so that most flushes have no new length to write: measured on
   * ext4, 4.7 KB and two flushes of the device an append without, 1.4 KB and one with. Gives the file's length.
   */
  async #makeRoom(open: OpenSegment, end: number): Promise<number> {
    const room = Math.min(Math.ceil(end / ROOM) * ROOM, this.#segmentSize);
    if (!this.#isFlushed || room <= end) return end;
    this.#written += room - end;
    try {
      await open.file.write(ZEROS.subarray(0, room - end), end);
      return room;
    } catch {
      return end; // there is none: the batch may still fit
    }
  }

  #headerOf({ number, first }: OpenSegment): SegmentHeader {
    return {
      schema: SCHEMA,
      number,
      base: this.#files.base,
      first,
      after: first - 1,
      id: this.#id,
    };
  }

  /** What is safe in it stays; of the rest nothing is known. */
  #abandon(open: OpenSegment): void {
    this.#open = undefined;
    open.file.close();
    if (!this.#isFlushed) open.isDoubtful = true;
    if (open.position === 0) this.#files.discard(open);
  }

  /** Where batches are not flushed one by one, the segment is, before a file may be used again for what is in it. */
  async #retire(open: OpenSegment): Promise<void> {
    try {
      if (!this.#isFlushed) await open.file.sync();
    } catch (error) {
      open.isDoubtful = true;
      throw error;
    } finally {
      open.file.close();
    }
  }
}

function damaged(path: string, line: string): StoreError {
  return new StoreError(
    `${path} is damaged: ${line}; \`midge store check\` says more, and \`midge store check --repair\` keeps what can ` +
      "be read and sets the damaged files aside",
  );
}
