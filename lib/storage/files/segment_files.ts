/**
 * The files of a journal: those that count, spare ones, and what is to be removed. Invariants: a file is made, renamed or
 * removed by one step at a time; what cannot be removed is tried again and stops nothing.
 */
import type { Disk, DiskFile } from "./disk.ts";
import { segmentName } from "./segment.ts";

/** How many files wait to be used again; the others are removed. */
const MAX_SPARES = 2;

/** A file. */
interface StoredFile {
  readonly name: string;
  /** Bytes. */
  size: number;
}

/** A segment that counts. */
export interface LiveSegment extends StoredFile {
  readonly number: number;
  /** The number of its first batch. */
  readonly first: number;
  /** Not all of it that was to be on the disk is known to be there. */
  isDoubtful: boolean;
}

/** The segment that is written to. */
export interface OpenSegment extends LiveSegment {
  readonly file: DiskFile;
  /** Where the next batch goes; 0: not even the header was written. */
  position: number;
}

/** How many files there are, and their bytes. */
export interface FileStats {
  readonly files: number;
  readonly size: number;
  readonly spares: number;
}

/** All files of a journal. */
export class SegmentFiles {
  readonly #disk: Disk;
  /** Larger files are not kept to be used again. */
  readonly #largestSpare: number;
  readonly #live: LiveSegment[] = [];
  readonly #spares: StoredFile[] = [];
  #debris: string[] = [];
  #highest = 0;
  #tidying: Promise<void> = Promise.resolve();

  constructor(disk: Disk, largestSpare: number) {
    this.#disk = disk;
    this.#largestSpare = largestSpare;
  }

  get stats(): FileStats {
    const files = [...this.#live, ...this.#spares];
    const size = files.reduce((sum, file) => sum + file.size, 0);
    return { files: files.length, size, spares: this.#spares.length };
  }

  /** Numbers up to this one were used. */
  set highest(number: number) {
    this.#highest = number;
  }

  /** The number of the oldest segment that counts; that of the next one where there is none. */
  get base(): number {
    return this.#live[0]?.number ?? this.#highest + 1;
  }

  /** A segment that was found, the newest last. */
  add(segment: Omit<LiveSegment, "isDoubtful">): void {
    this.#live.push({ ...segment, isDoubtful: false });
  }

  /** A file in which nothing is needed. */
  spare(file: StoredFile): void {
    if (this.#spares.length < MAX_SPARES && file.size <= this.#largestSpare) {
      this.#spares.push(file);
    } else this.drop(file.name);
  }

  /**
   * A file for the next segment, whose name is on the disk.
   * @param first the number of its first batch
   * @throws what the system says; then the next call takes the same number, and what was left under it
   */
  async begin(first: number): Promise<OpenSegment> {
    await this.tidy();
    const number = this.#isEmpty ? 1 : this.#highest + 1;
    const name = segmentName(number);
    const { file, size } = await this.#open(name);
    try {
      await this.#disk.syncFolder();
    } catch (error) {
      file.close();
      throw error;
    }
    this.#highest = number;
    const segment = { name, number, first, size, isDoubtful: false, file, position: 0 };
    this.#live.push(segment);
    return segment;
  }

  /** A spare file under this name, or a new one. */
  async #open(name: string): Promise<{ file: DiskFile; size: number }> {
    const spare = this.#spares.pop();
    if (spare === undefined) return { file: await this.#disk.open(name, "create"), size: 0 };
    try {
      await this.#disk.rename(spare.name, name);
    } catch (error) {
      this.drop(spare.name); // if it is there still
      throw error;
    }
    return { file: await this.#disk.open(name, "write"), size: spare.size };
  }

  /** Nothing in the segment is needed, nor was it ever safe. */
  discard(segment: LiveSegment): void {
    this.#live.splice(this.#live.indexOf(segment), 1);
    this.drop(segment.name);
  }

  /** A file that is to be removed. */
  drop(name: string): void {
    this.#debris.push(name);
  }

  /** This number, or a lower one while not all from it on is known to be on the disk. */
  permitted(keepFrom: number): number {
    const needed = this.#live.slice(this.#releasable(keepFrom));
    const isDoubtful = needed.some(({ isDoubtful }) => isDoubtful);
    return isDoubtful ? Math.min(keepFrom, this.#live[0]!.first) : keepFrom;
  }

  /** Would `release` find anything? */
  canRelease(keepFrom: number): boolean {
    return this.#releasable(keepFrom) > 0;
  }

  /** Batches below this number are needed no more: their segments become spare, or are removed meanwhile. */
  release(keepFrom: number): void {
    const count = this.#releasable(keepFrom);
    if (count === 0) return;
    for (const segment of this.#live.splice(0, count)) this.spare(segment);
    this.tidy();
  }

  /** Removes what is to be removed; resolves when nothing is under way. */
  tidy(): Promise<void> {
    return this.#tidying = this.#tidying.then(() => this.#removeDebris());
  }

  /** No batch was ever safe: the first segment is begun again, so that a higher number says that some were. */
  get #isEmpty(): boolean {
    return this.#live.length + this.#spares.length + this.#debris.length === 0;
  }

  #releasable(keepFrom: number): number {
    return Math.max(0, this.#live.findLastIndex(({ first }) => first <= keepFrom));
  }

  async #removeDebris(): Promise<void> {
    const names = this.#debris;
    this.#debris = [];
    for (const name of names) {
      try {
        await this.#disk.remove(name);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) this.#debris.push(name);
      }
    }
  }
}
