/**
 * Writes frames of a WebSocket, each in one write. Invariants: one frame is written at a time, in the order in which
 * they were given; at most one pong waits its turn; a server's frames are made in buffers that are lent, so that
 * writing leaves no garbage.
 */
import type { BufferPool } from "../buffer_pool.ts";
import type { ByteStream } from "../stream.ts";
import { frameOf, headSizeOf, Opcode, writeHead } from "./ws_frame.ts";

/** Writes frames one behind the other. */
export class FrameWriter {
  readonly #stream: ByteStream;
  readonly #isMasked: boolean;
  readonly #pool: BufferPool | undefined;
  #lent: Uint8Array<ArrayBuffer> | undefined = undefined;
  /** Frames that were written, or begun. */
  count = 0;
  /** A frame is being written, or handed its turn. */
  isBusy = false;
  #waiting: (() => void)[] | undefined = undefined;
  /** The payload of the last ping that waits for its pong. */
  #ping: Uint8Array | undefined = undefined;

  /** @param pool lends the buffers of frames, which have no masks then; undefined: every frame has its own */
  constructor(stream: ByteStream, isMasked: boolean, pool: BufferPool | undefined) {
    this.#stream = stream;
    this.#isMasked = isMasked;
    this.#pool = pool;
  }

  /**
   * Writes one frame behind all others; `payload` has at most LONGEST_FRAME bytes, and is untouchable meanwhile.
   * Resolves to its length.
   */
  async write(opcode: number, payload: Uint8Array): Promise<number> {
    if (this.isBusy) await this.#turn();
    this.isBusy = true;
    try {
      // One function, for each further one that is awaited costs every small write a promise.
      const frame = this.#make(opcode, payload);
      let written = await this.#stream.write(frame);
      while (written < frame.length) written += await this.#stream.write(frame.subarray(written));
      this.#giveBack();
    } finally {
      this.#next();
    }
    return payload.length;
  }

  /** Answers the last ping of those that came while a pong waited (section 5.5.3). */
  pong(payload: Uint8Array): void {
    const isWaiting = this.#ping !== undefined;
    this.#ping = payload;
    if (!isWaiting) this.#pong().catch(() => {}); // the next write meets the same end
  }

  async #pong(): Promise<void> {
    if (this.isBusy) await this.whenIdle();
    const last = this.#ping!;
    this.#ping = undefined;
    await this.write(Opcode.PONG, last);
  }

  /** Resolves when no frame is being written, or waits. */
  async whenIdle(): Promise<void> {
    if (!this.isBusy) return;
    await this.#turn();
    this.#next();
  }

  /** A frame, which is in the lent buffer where it has no mask. */
  #make(opcode: number, payload: Uint8Array): Uint8Array {
    this.count++;
    if (this.#pool === undefined) return frameOf(opcode, payload, this.#isMasked);
    const payloadAt = headSizeOf(payload.length);
    const size = payloadAt + payload.length;
    const buffer = this.#lent = this.#pool.take(size);
    writeHead(buffer, opcode, payload.length);
    buffer.set(payload, payloadAt);
    return buffer.subarray(0, size);
  }

  /** Never after a failure: what failed may still read it. */
  #giveBack(): void {
    if (this.#lent !== undefined) this.#pool?.give(this.#lent);
    this.#lent = undefined;
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => (this.#waiting ??= []).push(resolve));
  }

  /** Hands the turn over, or gives it back. */
  #next(): void {
    const next = this.#waiting?.shift();
    if (next === undefined) this.isBusy = false;
    else next();
  }
}
