/**
 * Chunks that are pushed -> reads that wait: what makes a ByteStream's `read` of an event-driven socket. Invariant:
 * where many bytes or chunks wait the valve is closed, so that at most what was on its way comes on top.
 */

/** The socket's own back-pressure. */
export interface Valve {
  pause(): void;
  resume(): void;
}

/** As much as one read of a busy connection takes. */
const MOST_BYTES = 65_536;
/** Small ones cost more than their bytes. */
const MOST_CHUNKS = 16;

/** Bytes that have come and were not read. */
export class ChunkSource {
  readonly #valve: Valve;
  readonly #chunks: Uint8Array[] = [];
  #waiting = 0;
  #isPaused = false;
  #end: { error: Error | undefined } | undefined;
  #reader: (() => void) | undefined;

  constructor(valve: Valve) {
    this.#valve = valve;
  }

  /** The socket has a chunk, which is the source's from now on. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    if (this.#waiting > MOST_BYTES || this.#chunks.length > MOST_CHUNKS) this.#pause();
    this.#wake();
  }

  /** The socket is at its end, or has failed; only the first word counts. */
  end(error?: Error): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** See ByteStream.read: as much as is here and has room. What failed is thrown behind what came before. */
  async read(into: Uint8Array): Promise<number | null> {
    while (this.#chunks.length === 0) {
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end !== undefined) return null;
      this.#resume();
      await new Promise<void>((resolve) => this.#reader = resolve);
    }
    let count = 0;
    while (count < into.length && this.#chunks.length > 0) {
      count += this.#takeFirst(into.subarray(count));
    }
    this.#waiting -= count;
    return count;
  }

  #pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#valve.pause();
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#valve.resume();
  }

  #takeFirst(into: Uint8Array): number {
    const chunk = this.#chunks[0]!;
    const part = chunk.subarray(0, into.length);
    into.set(part);
    if (part.length === chunk.length) this.#chunks.shift();
    else this.#chunks[0] = chunk.subarray(part.length);
    return part.length;
  }

  #wake(): void {
    this.#reader?.();
    this.#reader = undefined;
  }
}
