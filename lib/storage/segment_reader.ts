/**
 * The bytes of segments, one after another in one buffer. Invariant: bytes that the disk does not give are zeros, and
 * counted.
 */
import { messageOf } from "../user_error.ts";
import type { Disk, DiskFile } from "./disk.ts";
import type { SegmentFile } from "./survey.ts";

/** What is read at a time where the disk gives not all of a segment. Bytes. */
const PIECE = 4096;

/** What was read of a segment; good until the next one is. */
export interface SegmentBytes {
  readonly bytes: Uint8Array;
  /** Where the disk gave nothing: how many bytes, and what the system says. */
  readonly unreadable: { readonly bytes: number; readonly problem: string } | undefined;
}

/** Reads segments. */
export class SegmentReader {
  readonly #disk: Disk;
  readonly #isTolerant: boolean;
  #buffer = new Uint8Array(0);

  /** @param isTolerant goes on where the disk cannot read */
  constructor(disk: Disk, isTolerant: boolean) {
    this.#disk = disk;
    this.#isTolerant = isTolerant;
  }

  /** @throws what the system says when the file cannot be opened, or not be read to its end */
  async read({ name }: SegmentFile): Promise<SegmentBytes> {
    const size = await this.#disk.size(name);
    if (size > this.#buffer.length) this.#buffer = new Uint8Array(size);
    const bytes = this.#buffer.subarray(0, size);
    const file = await this.#disk.open(name, "read");
    try {
      return { bytes: bytes.subarray(0, await file.read(bytes, 0)), unreadable: undefined };
    } catch (error) {
      if (!this.#isTolerant) throw error;
      return await readPieces(file, bytes);
    } finally {
      file.close();
    }
  }
}

async function readPieces(file: DiskFile, bytes: Uint8Array): Promise<SegmentBytes> {
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
