/**
 * The read buffer of one connection: bytes in, frames out. Invariant: frames are views into one reused buffer and die
 * with the next `space`; the buffer grows with what has come, never with what a header promises, and what a packet
 * above 64 KiB needed goes with it; what is read past is never kept.
 */
import { FrameCursor } from "../wire/frame.ts";
import { Skip } from "./skip.ts";

const SMALLEST = 512;
/** Reads larger than this gain nothing (DESIGN.md); only a larger packet makes the buffer larger. */
const LARGEST_READ = 65_536;
const GROWTH = 4;
/** How many reads in a row must leave most of the buffer empty before it shrinks. */
const QUIET_READS = 8;

/** Collects bytes and cuts them into frames. */
export class Inbound {
  /** The frame found last by `next`. */
  readonly cursor = new FrameCursor();
  /** Did the last read fill all the room it had? Then there is more. */
  wasFilled = false;
  /** Up to this size a PUBLISH over the limit is read past; 0: none is. */
  maxSkipped = 0;
  /** Bytes of the PUBLISH that the frame found last is the head of, without its payload; 0 for a whole frame. */
  skipped = 0;
  #skip: Skip | undefined;
  /** Bytes read since the connection began, those that were read before it included. */
  received = 0;
  /** Bytes of the largest packet that is taken; a larger one is an error of the peer. */
  maxPacketSize: number;
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(SMALLEST);
  #start = 0;
  #end = 0;
  #quietReads = 0;
  #room = 0;
  #early: number | undefined = undefined;

  /** @param rest read already: it counts as the first read */
  constructor(maxPacketSize: number, rest?: Uint8Array) {
    this.maxPacketSize = maxPacketSize;
    if (rest === undefined || rest.length === 0) return;
    this.#early = rest.length;
    if (rest.length > SMALLEST) this.#buffer = new Uint8Array(rest.length);
    this.#buffer.set(rest);
  }

  /** Where the cursor's offsets count. */
  get bytes(): Uint8Array {
    return this.#buffer;
  }

  /** All that has come, while the first frame is looked at. */
  get opening(): Uint8Array {
    return this.#buffer.subarray(0, this.#end);
  }

  /** Bytes that are here but no whole frame. */
  get pending(): number {
    return this.#end - this.#start;
  }

  /** How many bytes were read before the first read, which was not `filled` in yet; undefined: none. */
  early(): number | undefined {
    const count = this.#early;
    this.#early = undefined;
    return count;
  }

  /**
   * Room for the next read, behind what is pending. It must be read into, and then `filled` called.
   * @param most bytes; undefined: as many as there is room for
   */
  space(most?: number): Uint8Array {
    this.#makeRoom();
    this.#room = this.#buffer.length - this.#end;
    if (most !== undefined && most < this.#room) {
      this.#room = most;
      return this.#buffer.subarray(this.#end, this.#end + most);
    }
    return this.#end === 0 ? this.#buffer : this.#buffer.subarray(this.#end);
  }

  /**
   * Bytes came into `space`.
   * @param isFull did they take all of it? Given where they are what is left of more
   */
  filled(count: number, isFull: boolean = count === this.#room): void {
    const size = this.#buffer.length;
    const isWhole = this.#room === size - this.#end;
    this.#end += count;
    this.received += count;
    // Four times larger whenever a read fills it; small again after a quiet time.
    if (isFull && isWhole && size < LARGEST_READ) {
      this.#resize(Math.min(size * GROWTH, LARGEST_READ));
    }
    this.#quietReads = size > SMALLEST && count < size / 16 ? this.#quietReads + 1 : 0;
    this.wasFilled = isFull;
  }

  /** The first byte of what is pending. */
  get nextHeader(): number | undefined {
    return this.#start === this.#end ? undefined : this.#buffer[this.#start];
  }

  /**
   * Steps to the next whole frame, or to the head of a PUBLISH that was read past; false when bytes are missing. Throws
   * what FrameCursor.find throws.
   */
  next(): boolean {
    if (this.#start === this.#end) return false;
    if (this.#skip !== undefined) return this.#skipOn(this.#skip);
    this.skipped = 0;
    const { cursor } = this;
    if (!cursor.find(this.#buffer, this.#start, this.#end, this.maxPacketSize, this.maxSkipped)) {
      return cursor.isTooLarge && this.#beginSkip();
    }
    this.#start = cursor.end;
    return true;
  }

  #beginSkip(): boolean {
    this.cursor.isTooLarge = false;
    const skip = this.#skip = Skip.begin(this.#buffer, this.cursor, this.#end);
    return skip !== undefined && this.#skipOn(skip);
  }

  #skipOn(skip: Skip): boolean {
    this.#end = skip.drop(this.#buffer, this.#start, this.#end);
    if (!skip.isDone) return false;
    const { cursor } = this;
    cursor.header = this.#buffer[this.#start]!;
    cursor.start = this.#start;
    cursor.bodyStart = this.#start + skip.bodyAt;
    cursor.end = this.#start += skip.head;
    this.skipped = skip.size;
    this.#skip = undefined;
    return true;
  }

  #makeRoom(): void {
    if (this.#start === this.#end) this.#start = this.#end = 0;
    const pending = this.pending;
    if (pending === 0 && this.#quietReads >= QUIET_READS) this.#resize(SMALLEST);
    else if (pending === 0 && this.#buffer.length > LARGEST_READ) this.#resize(LARGEST_READ);
    else if (this.#end < this.#buffer.length) return;
    else if (pending === 0 || this.#start >= this.#buffer.length / 2) this.#compact();
    else this.#resize(Math.max(this.#buffer.length * 2, SMALLEST));
  }

  #compact(): void {
    this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }

  #resize(size: number): void {
    const buffer = new Uint8Array(Math.max(size, this.pending));
    buffer.set(this.#buffer.subarray(this.#start, this.#end));
    this.#end -= this.#start;
    this.#start = 0;
    this.#buffer = buffer;
    this.#quietReads = 0;
  }
}
