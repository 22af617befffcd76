/**
 * Chunks that are pushed -> reads that wait: what makes a ByteStream's `read` of an event-driven socket.
 * Used by tls.ts and websocket.ts. Invariant: while chunks wait, the socket is paused, so at most the chunks
 * that were on their way already pile up.
 */

/** The socket's own back-pressure. */
export interface Valve {
  pause(): void;
  resume(): void;
}

/** Bytes that have come and were not read. */
export class ChunkSource {
  readonly #valve: Valve;
  readonly #chunks: Uint8Array[] = [];
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
    if (!this.#isPaused) this.#valve.pause();
    this.#isPaused = true;
    this.#wake();
  }

  /** The socket is at its end, or has failed. */
  end(error?: Error): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** See ByteStream.read. */
  async read(into: Uint8Array): Promise<number | null> {
    while (this.#chunks.length === 0) {
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end !== undefined) return null;
      if (this.#isPaused) this.#valve.resume();
      this.#isPaused = false;
      await new Promise<void>((resolve) => this.#reader = resolve);
    }
    return this.#take(into);
  }

  #take(into: Uint8Array): number {
    const [chunk] = this.#chunks as [Uint8Array];
    const count = Math.min(chunk.length, into.length);
    into.set(chunk.subarray(0, count));
    if (count === chunk.length) this.#chunks.shift();
    else this.#chunks[0] = chunk.subarray(count);
    return count;
  }

  #wake(): void {
    this.#reader?.();
    this.#reader = undefined;
  }
}
