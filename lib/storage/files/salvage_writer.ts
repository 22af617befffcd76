/**
 * New segments for batches that were read of a damaged store. Invariants: they have names of their own until all are
 * whole and flushed; the last one that gets its name makes all older segments count no more, and it says where batches
 * are missing, so that a start takes the gap for what it is.
 */
import type { Batch } from "../batch_log.ts";
import { FrameEncoder, markOf } from "./batch_frame.ts";
import type { Disk, DiskFile } from "./disk.ts";
import {
  encodeHeader,
  SCHEMA,
  SEGMENT_HEADER_SIZE,
  type SegmentHeader,
  segmentName,
  STORE_ID_SIZE,
} from "./segment.ts";
import type { Survey } from "./survey.ts";

/** Behind the name of a segment that is not whole yet. */
const DRAFT = ".new";

interface Draft {
  readonly header: SegmentHeader;
  readonly file: DiskFile;
  size: number;
}

/** Writes segments behind all that are there. */
export class SalvageWriter {
  readonly #disk: Disk;
  readonly #segmentSize: number;
  readonly #id: Uint8Array;
  /** The oldest segment that counts as long as the work is not done. */
  readonly #base: number;
  readonly #first: number;
  readonly #encoder = new FrameEncoder();
  readonly #numbers: number[] = [];
  #draft: Draft | undefined;
  /** The number of the batch that was written last. */
  #previous: number;

  /** @param previous the number before the first batch that is needed */
  constructor(disk: Disk, survey: Survey, segmentSize: number, previous: number) {
    this.#disk = disk;
    this.#segmentSize = segmentSize;
    this.#id = survey.id ?? crypto.getRandomValues(new Uint8Array(STORE_ID_SIZE));
    this.#base = survey.segments[0]?.number ?? survey.highest + 1;
    this.#first = survey.highest + 1;
    this.#previous = previous;
  }

  async write(batch: Batch): Promise<void> {
    const draft = await this.#draftFor(batch);
    const mark = markOf(this.#id, draft.header.number);
    const header = draft.size === 0 ? draft.header : undefined;
    for (const piece of this.#encoder.encode(batch, mark, header)) {
      await draft.file.write(piece, draft.size);
      draft.size += piece.length;
    }
    this.#previous = batch.number;
  }

  /** From now on they count, and nothing older does. */
  async finish(): Promise<void> {
    if (this.#draft === undefined) return;
    const header = new Uint8Array(SEGMENT_HEADER_SIZE);
    encodeHeader(header, { ...this.#draft.header, base: this.#first });
    await this.#draft.file.write(header, 0);
    await this.#endDraft();
    const last = this.#numbers.pop()!;
    for (const number of this.#numbers) await this.#name(number);
    await this.#disk.syncFolder();
    await this.#name(last);
    await this.#disk.syncFolder();
  }

  /** Nothing is open any more; drafts are removed by the next writer. */
  abandon(): void {
    this.#draft?.file.close();
    this.#draft = undefined;
  }

  async #draftFor(batch: Batch): Promise<Draft> {
    const isNext = batch.number === this.#previous + 1;
    const open = this.#draft;
    if (open !== undefined && open.size < this.#segmentSize && isNext) return open;
    await this.#endDraft();
    const number = this.#first + this.#numbers.length;
    this.#numbers.push(number);
    const file = await this.#disk.open(segmentName(number) + DRAFT, "create");
    const numbers = { number, base: this.#base, first: batch.number, after: this.#previous };
    return this.#draft = { header: { schema: SCHEMA, id: this.#id, ...numbers }, file, size: 0 };
  }

  async #endDraft(): Promise<void> {
    await this.#draft?.file.sync();
    this.abandon();
  }

  #name(number: number): Promise<void> {
    return this.#disk.rename(segmentName(number) + DRAFT, segmentName(number));
  }
}
