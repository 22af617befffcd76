/**
 * A fast, patient way to stdout: lines gather while a write is under way, and a writer that is too far ahead waits.
 * Invariant: bytes leave in order; a reader that has gone away is told by `isClosed`, and any other failure
 * besides by `flush`.
 */
import { joined, writeAll } from "../io.ts";

/** Bytes that may wait before a writer has to. */
const MAX_WAITING = 262_144;

/** Takes some bytes and answers how many. */
export interface AsyncWriter {
  write(bytes: Uint8Array): Promise<number>;
}

/** Writes behind the back of its user. */
export class Output {
  readonly #writer: AsyncWriter;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #writing: Promise<void> | undefined;
  #isClosed = false;
  #failure: { reason: unknown } | undefined;

  constructor(writer: AsyncWriter) {
    this.#writer = writer;
  }

  /** Nothing can be written any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Takes bytes, which must not change any more; a promise means: wait before giving more. */
  write(...parts: Uint8Array[]): Promise<void> | undefined {
    if (this.#isClosed) return undefined;
    for (const part of parts) {
      this.#waiting.push(part);
      this.#bytes += part.length;
    }
    this.#writing ??= this.#writeAll();
    return this.#bytes > MAX_WAITING ? this.#writing : undefined;
  }

  /** Resolves when everything is written, or no one reads any more; rejects when writing has failed. */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  async #writeAll(): Promise<void> {
    await Promise.resolve(); // lets the lines of this turn gather
    try {
      while (this.#bytes > 0) {
        const chunk = joined(this.#waiting);
        this.#waiting = [];
        this.#bytes = 0;
        await writeAll(this.#writer, chunk);
      }
    } catch (reason) {
      this.#isClosed = true;
      if (!(reason instanceof Deno.errors.BrokenPipe)) this.#failure = { reason };
    } finally {
      this.#writing = undefined;
    }
  }
}
