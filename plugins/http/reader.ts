/**
 * Lines and blocks of bytes from a stream. Invariants: one per connection; at most one read is under way; what was
 * read but not asked for stays for the next call.
 */
import { type ByteStream, joined, SourceError } from "../../sources.ts";

const BUFFER_SIZE = 4096;
const LINE_FEED = 10;

/** The peer ended the stream in the middle. */
export class EndOfStreamError extends SourceError {
  constructor() {
    super("the connection was closed before the whole answer had come", { isTransport: true });
  }
}

/** Reads a stream piece by piece. */
export class ByteReader {
  readonly #stream: ByteStream;
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  #start = 0;
  #end = 0;
  #received = 0;
  /** The read that is under way. */
  #reading: Promise<boolean> | undefined;

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  /** Bytes that have come so far. */
  get received(): number {
    return this.#received;
  }

  /** Of those, how many were not asked for yet. */
  get buffered(): number {
    return this.#end - this.#start;
  }

  /**
   * Reads on without being asked for anything; what comes stays for the next call. Ends with the next bytes, and
   * rejects when the stream fails.
   * @returns false at the end of the stream
   */
  readAhead(): Promise<boolean> {
    return this.#fill();
  }

  /** A line without its end (LF, or CR LF), as Latin-1; longer than the buffer is an error. */
  async line(): Promise<string> {
    for (let searched = 0;;) {
      const found = this.#buffer.subarray(0, this.#end).indexOf(LINE_FEED, this.#start + searched);
      if (found >= 0) return this.#takeLine(found);
      searched = this.buffered;
      if (searched === BUFFER_SIZE) throw new SourceError(`a line above ${BUFFER_SIZE} bytes`);
      if (!await this.#fill()) throw new EndOfStreamError();
    }
  }

  /** Exactly that many bytes, copied. */
  async exactly(length: number): Promise<Uint8Array> {
    const result = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      if (this.buffered === 0 && !await this.#fill()) throw new EndOfStreamError();
      const part = this.#take(length - filled);
      result.set(part, filled);
      filled += part.length;
    }
    return result;
  }

  /** Everything up to the end of the stream, copied; undefined when it is more than `limit`. */
  async toEnd(limit: number): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = [];
    let length = 0;
    while (this.buffered > 0 || await this.#fill()) {
      const part = this.#take(BUFFER_SIZE).slice();
      length += part.length;
      if (length > limit) return undefined;
      parts.push(part);
    }
    return joined(parts);
  }

  #takeLine(lineFeed: number): string {
    const line = this.#buffer.subarray(this.#start, lineFeed);
    this.#start = lineFeed + 1;
    return String.fromCharCode(...line).replace(/\r$/, "");
  }

  /** Borrowed until the next read. */
  #take(most: number): Uint8Array {
    const end = Math.min(this.#end, this.#start + most);
    const part = this.#buffer.subarray(this.#start, end);
    this.#start = end;
    return part;
  }

  /** Reads more behind what is there; false at the end of the stream. All who ask meanwhile wait for the same read. */
  #fill(): Promise<boolean> {
    return this.#reading ??= this.#read().finally(() => this.#reading = undefined);
  }

  async #read(): Promise<boolean> {
    this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    const count = await this.#stream.read(this.#buffer.subarray(this.#end));
    this.#end += count ?? 0;
    this.#received += count ?? 0;
    return count !== null;
  }
}
