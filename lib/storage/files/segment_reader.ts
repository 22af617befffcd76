/**
 * The bytes of segments, one after another in one buffer. Invariant: bytes that the disk does not give are zeros, and
 * counted.
 */
import { messageOf } from "../../user_error.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { type Frame, type FrameMark, markOf, type Torn } from "./batch_frame.ts";
import { type Schema, schemaOf } from "./schemas.ts";
import type { SegmentFile } from "./survey.ts";

/** What is read at a time where the disk gives not all of a segment. Bytes. */
const PIECE = 4096;

/** What the disk does not give. */
export interface Unreadable {
  readonly bytes: number;
  /** What the system says. */
  readonly problem: string;
}

/** What was read of a segment; good until the next one is. */
export class SegmentContent {
  readonly unreadable: Unreadable | undefined;
  readonly #bytes: Uint8Array;
  readonly #schema: Schema;
  readonly #mark: FrameMark;

  /** @param id of the store; undefined: unknown */
  constructor({ header, number }: SegmentFile, content: ReadBytes, id: Uint8Array | undefined) {
    this.unreadable = content.unreadable;
    this.#bytes = content.bytes;
    this.#schema = schemaOf(header);
    const isVouchedFor = id !== undefined && header !== undefined;
    this.#mark = isVouchedFor ? markOf(id, number) : this.#schema.markIn(content.bytes, number, id);
  }

  /** All its batches. */
  frames(): Generator<Frame, undefined> {
    return this.#schema.framesOf(this.#bytes, this.#mark);
  }

  /** What is behind the last batch, which ends here, and not whole. */
  tornAt(at: number): Torn {
    return this.#schema.tornAt(this.#bytes, at, this.#mark);
  }
}

interface ReadBytes {
  readonly bytes: Uint8Array;
  readonly unreadable?: Unreadable | undefined;
}

/** Reads the segments of one store. */
export class SegmentReader {
  readonly #disk: Disk;
  readonly #id: Uint8Array | undefined;
  readonly #isTolerant: boolean;
  #buffer = new Uint8Array(0);

  /** @param isTolerant goes on where the disk cannot read */
  constructor(disk: Disk, id: Uint8Array | undefined, isTolerant: boolean) {
    this.#disk = disk;
    this.#id = id;
    this.#isTolerant = isTolerant;
  }

  /** @throws what the system says when the file cannot be opened, or not be read to its end */
  async read(segment: SegmentFile): Promise<SegmentContent> {
    const size = await this.#disk.size(segment.name);
    if (size > this.#buffer.length) this.#buffer = new Uint8Array(size);
    const file = await this.#disk.open(segment.name, "read");
    try {
      const content = await this.#readFile(file, this.#buffer.subarray(0, size));
      return new SegmentContent(segment, content, this.#id);
    } finally {
      file.close();
    }
  }

  async #readFile(file: DiskFile, bytes: Uint8Array): Promise<ReadBytes> {
    try {
      return { bytes: bytes.subarray(0, await file.read(bytes, 0)) };
    } catch (error) {
      if (!this.#isTolerant) throw error;
      return await readPieces(file, bytes);
    }
  }
}

async function readPieces(file: DiskFile, bytes: Uint8Array): Promise<ReadBytes> {
  bytes.fill(0);
  let lost = 0;
  let problem = "";
  for (let at = 0; at < bytes.length; at += PIECE) {
    const piece = bytes.subarray(at, at + PIECE);
    try {
      await file.read(piece, at);
    } catch (error) {
      piece.fill(0);
      lost += piece.length;
      problem = messageOf(error);
    }
  }
  return { bytes, unreadable: lost === 0 ? undefined : { bytes: lost, problem } };
}
