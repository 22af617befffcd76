/**
 * A byte stream between two processes. What is sent while a write is under way goes with the next one, as a broker's
 * connections do it. Invariant: one write at a time.
 */
import { LENGTH, lengthAt, type OnBatch, type Pipe, putLength } from "./pipe.ts";

const READ_SIZE = 65_536;

/** A stream that is read and written. */
export interface Stream {
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}

/** Gathers what is sent, and writes it; two buffers take turns. */
export class Outgoing {
  readonly #stream: Stream;
  #gathering = new Uint8Array(READ_SIZE);
  #writing = new Uint8Array(READ_SIZE);
  #length = 0;
  #isWriting = false;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** Room for so many bytes, at the returned place of `bytes`. */
  room(length: number): number {
    const at = this.#length;
    this.#length += length;
    if (this.#length > this.#gathering.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#gathering.subarray(0, at));
      this.#gathering = larger;
    }
    return at;
  }

  get bytes(): Uint8Array {
    return this.#gathering;
  }

  /** What was gathered leaves, now or behind the write under way. */
  flush(): void {
    if (!this.#isWriting) this.#write().catch(() => {}); // the end of the process closes it
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#length > 0) {
      const bytes = this.#gathering;
      const length = this.#length;
      this.#gathering = this.#writing;
      this.#writing = bytes;
      this.#length = 0;
      for (let at = 0; at < length;) at += await this.#stream.write(bytes.subarray(at, length));
    }
    this.#isWriting = false;
  }
}

/** One end, batches with their length in front. */
export function socket(stream: Stream, onBatch: OnBatch): Pipe {
  const outgoing = new Outgoing(stream);
  readBatches(stream, onBatch).catch(() => {}); // closed
  return {
    send(batch) {
      const at = outgoing.room(LENGTH + batch.length);
      putLength(outgoing.bytes, at, batch.length);
      outgoing.bytes.set(batch, at + LENGTH);
      outgoing.flush();
    },
    close: () => stream.close(),
  };
}

async function readBatches(stream: Stream, onBatch: OnBatch): Promise<void> {
  let buffer = new Uint8Array(READ_SIZE);
  let end = 0;
  for (;;) {
    const count = await stream.read(buffer.subarray(end));
    if (count === null) return;
    end += count;
    let at = 0;
    while (end - at >= LENGTH) {
      const next = at + LENGTH + lengthAt(buffer, at);
      if (next > end) break;
      onBatch(buffer.subarray(at + LENGTH, next));
      at = next;
    }
    buffer.copyWithin(0, at, end);
    end -= at;
    if (end === buffer.length) {
      const larger = new Uint8Array(2 * end);
      larger.set(buffer);
      buffer = larger;
    }
  }
}
