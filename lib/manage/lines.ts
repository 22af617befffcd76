/**
 * Lines over a connection. Invariants: never more than the limit of one line is held; a line that is too long or no
 * UTF-8 is a RequestError, after which nothing more is read.
 */
import { RequestError } from "./protocol.ts";

const FIRST_CAPACITY = 1024;
const LINE_END = 0x0a;

/** What a connection needs to have. */
export interface Duplex {
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}

/** Reads line after line. */
export class LineReader {
  readonly #source: Pick<Duplex, "read">;
  readonly #maxLine: number;
  #buffer: Uint8Array;
  #start = 0;
  #end = 0;

  /** @param maxLine bytes of a line, its end included */
  constructor(source: Pick<Duplex, "read">, maxLine: number) {
    this.#source = source;
    this.#maxLine = maxLine;
    this.#buffer = new Uint8Array(Math.min(FIRST_CAPACITY, maxLine));
  }

  /** The next line without its end; undefined when the other side has closed, half a line is dropped then. */
  async next(): Promise<string | undefined> {
    let searched = this.#start;
    while (true) {
      const at = this.#buffer.subarray(0, this.#end).indexOf(LINE_END, searched);
      if (at >= 0) return this.#take(at);
      searched = this.#end - this.#start;
      this.#makeRoom();
      const count = await this.#source.read(this.#buffer.subarray(this.#end));
      if (count === null) return undefined;
      this.#end += count;
    }
  }

  /** Resolves when anything has come, or the other side has closed. */
  async anything(): Promise<void> {
    if (this.#end > this.#start) return;
    this.#makeRoom();
    this.#end += await this.#source.read(this.#buffer.subarray(this.#end)) ?? 0;
  }

  #take(at: number): string {
    const line = this.#buffer.subarray(this.#start, at);
    this.#start = at + 1;
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(line);
    } catch (cause) {
      throw new RequestError("a line must be UTF-8 text", null, { cause });
    }
  }

  /** Moves what is there to the front, and doubles the buffer when it is full. */
  #makeRoom(): void {
    const length = this.#end - this.#start;
    if (length >= this.#maxLine) {
      throw new RequestError(`a line is longer than ${this.#maxLine} bytes`);
    }
    const isFull = length === this.#buffer.length;
    const capacity = isFull ? Math.min(length * 2, this.#maxLine) : this.#buffer.length;
    const target = isFull ? new Uint8Array(capacity) : this.#buffer;
    target.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = target;
    this.#start = 0;
    this.#end = length;
  }
}
