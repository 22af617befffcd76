/**
 * The writing side of a connection of the load generator: frames gather while others are written. Invariant: one
 * write is under way at most, or several that the socket takes in their order; a write that was cut is an error.
 */
import { writeAll } from "../../io.ts";
import type { ByteStream } from "../../net/stream.ts";
import { frameEnd } from "./frames.ts";
import type { Target } from "./target.ts";

/** Bytes that a plain socket's buffer has room for whenever the broker reads at all. */
const TAKEN_AT_ONCE = 16_384;
const FIRST_SIZE = 1024;

/** Frames that wait for the socket. */
export class Outbox {
  readonly #socket: ByteStream;
  readonly #takesAtOnce: boolean;
  readonly #gathers: boolean;
  #waiting = new Uint8Array(FIRST_SIZE);
  #spare = new Uint8Array(FIRST_SIZE);
  /** Bytes that wait. */
  #length = 0;
  #isWriting = false;

  constructor(
    socket: ByteStream,
    { takesAtOnce, gathers }: Pick<Target, "takesAtOnce" | "gathers">,
  ) {
    this.#socket = socket;
    this.#takesAtOnce = takesAtOnce === true;
    this.#gathers = gathers === true;
  }

  /** Puts a frame (PUBLISH or ack) behind the others; `flush` sends what has gathered. */
  push(frame: Uint8Array): void {
    this.#reserve(frame.length);
    this.#waiting.set(frame, this.#length);
    this.#length += frame.length;
  }

  /** Puts an acknowledgement behind the others: the packet id is copied from `buffer` at `at`. */
  pushAck(header: number, buffer: Uint8Array, at: number): void {
    this.#reserve(4);
    this.#waiting[this.#length++] = header;
    this.#waiting[this.#length++] = 2;
    this.#waiting[this.#length++] = buffer[at]!;
    this.#waiting[this.#length++] = buffer[at + 1]!;
  }

  /** Starts to write, unless that is under way already. */
  flush(): void {
    if (this.#isWriting || this.#length === 0) return;
    this.#isWriting = true;
    // A broker that closes ends the reading side too: there the run fails or ends.
    this.#drain().catch(() => {});
  }

  /** One write a frame: a client answers each message by itself, and so does the measuring stick. */
  async #drain(): Promise<void> {
    while (this.#length > 0) {
      const full = this.#waiting;
      const end = this.#length;
      this.#waiting = this.#spare;
      this.#spare = full;
      this.#length = 0;
      if (this.#gathers) {
        await writeAll(this.#socket, full.subarray(0, end));
        continue;
      }
      const isTaken = this.#takesAtOnce && end <= TAKEN_AT_ONCE;
      await (isTaken ? this.#writeTogether(full, end) : this.#writeInTurn(full, end));
    }
    this.#isWriting = false;
  }

  async #writeInTurn(frames: Uint8Array, end: number): Promise<void> {
    for (let at = 0; at < end;) {
      const next = frameEnd(frames, at, end);
      await writeAll(this.#socket, frames.subarray(at, next));
      at = next;
    }
  }

  /** The socket takes the writes in this order, each whole: that one was cut would show as a wrong sum. */
  async #writeTogether(frames: Uint8Array, end: number): Promise<void> {
    const writes: Promise<number>[] = [];
    for (let at = 0; at < end;) {
      const next = frameEnd(frames, at, end);
      writes.push(this.#socket.write(frames.subarray(at, next)));
      at = next;
    }
    const written = (await Promise.all(writes)).reduce((sum, count) => sum + count, 0);
    if (written !== end) throw new Error("a write was cut short: the run is void");
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#waiting.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#waiting.length * 2));
    grown.set(this.#waiting.subarray(0, this.#length));
    this.#waiting = grown;
  }
}
