/**
 * The frames of a WebSocket (RFC 6455) as a ByteStream, for either side: the payloads of binary frames are one stream
 * of bytes, whose frame borders mean nothing [MQTT-6.0.0-2]. Invariants: nothing is buffered beyond one read, so the
 * stream below is read exactly as this one is; one frame is written at a time, and at most one pong waits its turn.
 */
import { writeAll } from "../../io.ts";
import type { ByteStream } from "../stream.ts";
import {
  applyMask,
  type FrameHead,
  frameOf,
  LONGEST_CONTROL,
  LONGEST_FRAME,
  Opcode,
  readHead,
} from "./ws_frame.ts";

/** Which side we are: a client masks what it sends, a server does not, and neither takes the other way. */
export type WebSocketRole = "client" | "server";

/** The buffer for heads and short frames: four times larger whenever a read fills it, small again when it is quiet. */
const SMALLEST = 512;
const LARGEST = 16_384;
const GROWTH = 4;
/** After this many reads below that brought no payload everything else has its turn. */
const MOST_EMPTY_READS = 16;

/** An open WebSocket. */
export class WebSocketStream implements ByteStream {
  readonly #stream: ByteStream;
  readonly #role: WebSocketRole;
  /** What was read of the stream below and not yet used. */
  #buffer: Uint8Array<ArrayBuffer>;
  #start = 0;
  #end: number;
  #lastRead = 0;
  #lastRoom = 0;
  /** The mask of the present data frame, and how much of its payload was read and was not. */
  #mask: number | undefined;
  #done = 0;
  #left = 0;
  /** The present message has further frames. */
  #isFragmented = false;
  /** Closed by us, or by a close frame. */
  #isOver = false;
  #lastWrite: Promise<void> = Promise.resolve();
  /** The payload of the last ping that waits for its pong. */
  #ping: Uint8Array | undefined;

  /** @param rest bytes behind the handshake */
  constructor(stream: ByteStream, role: WebSocketRole, rest: Uint8Array) {
    this.#stream = stream;
    this.#role = role;
    this.#buffer = new Uint8Array(Math.max(SMALLEST, rest.length));
    this.#buffer.set(rest);
    this.#end = rest.length;
  }

  /** See ByteStream; throws for what the peer must not send. */
  async read(into: Uint8Array): Promise<number | null> {
    for (let reads = 1;; reads++) {
      const count = this.#takeFrames(into);
      if (count > 0) return count;
      if (this.#isOver) {
        await this.#lastWrite; // our close frame
        return null;
      }
      if (this.#left > 0) return await this.#readPayload(into);
      if (!await this.#fill()) return null;
      if (reads % MOST_EMPTY_READS === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.#isOver) throw new Error("the WebSocket is closed");
    const part = bytes.subarray(0, LONGEST_FRAME);
    await this.#behindOthers(() => this.#frame(Opcode.BINARY, part)); // [MQTT-6.0.0-1]
    return part.length;
  }

  close(): void {
    this.#isOver = true;
    this.#stream.close();
  }

  /** Payload of all frames that have come, as far as there is room; control frames in between are answered. */
  #takeFrames(into: Uint8Array): number {
    let count = 0;
    try {
      while (count < into.length && (this.#left > 0 || this.#nextFrame())) {
        const part = Math.min(this.#left, this.#end - this.#start, into.length - count);
        if (part === 0 && this.#left > 0) break;
        into.set(this.#take(part), count);
        this.#unmask(into.subarray(count, count + part));
        count += part;
      }
    } catch (error) {
      if (count === 0) throw error; // else the next read finds it again
    }
    return count;
  }

  async #readPayload(into: Uint8Array): Promise<number> {
    const room = into.subarray(0, this.#left);
    const count = await this.#stream.read(room);
    if (count === null) throw new Error("WebSocket cut off within a frame");
    this.#unmask(room.subarray(0, count));
    return count;
  }

  /** These bytes are the next of the payload. */
  #unmask(bytes: Uint8Array): void {
    if (this.#mask !== undefined) applyMask(bytes, this.#mask, this.#done);
    this.#done += bytes.length;
    this.#left -= bytes.length;
  }

  /** Steps to the next data frame; false when more bytes are needed, and at the end. */
  #nextFrame(): boolean {
    while (!this.#isOver) {
      const head = readHead(this.#buffer, this.#start, this.#end);
      if (head === undefined) return false;
      this.#check(head);
      if (head.opcode < Opcode.CLOSE) return this.#enter(head);
      if (this.#end - this.#start < head.size + head.length) return false;
      this.#control(head);
    }
    return false;
  }

  /** Throws for a head that the peer must not send, or not now. */
  #check({ opcode, isFinal, hasReservedBits, mask, length }: FrameHead): void {
    const isServer = this.#role === "server";
    const peer = isServer ? "client" : "server";
    if (hasReservedBits || (mask !== undefined) !== isServer) {
      const wrongly = isServer ? "without a mask" : "a mask";
      throw new Error(`the ${peer} sent a WebSocket frame with reserved bits or ${wrongly}`);
    }
    if (!Number.isSafeInteger(length)) {
      throw new Error(`the ${peer} sent a WebSocket frame of an impossible length`);
    }
    if (opcode === Opcode.TEXT) throw new Error(`the ${peer} sent a text frame [MQTT-6.0.0-1]`);
    const isRight = opcode < Opcode.CLOSE
      ? opcode === (this.#isFragmented ? Opcode.CONTINUATION : Opcode.BINARY)
      : isFinal && length <= LONGEST_CONTROL && opcode <= Opcode.PONG;
    if (!isRight) throw new Error(`the ${peer} sent a WebSocket frame ${opcode} amiss`);
  }

  #enter({ isFinal, mask, length, size }: FrameHead): true {
    this.#take(size);
    this.#isFragmented = !isFinal;
    this.#mask = mask;
    this.#done = 0;
    this.#left = length;
    return true;
  }

  #control({ opcode, mask, length, size }: FrameHead): void {
    this.#take(size);
    const payload = this.#take(length).slice();
    if (mask !== undefined) applyMask(payload, mask, 0);
    if (opcode === Opcode.PING) this.#pong(payload);
    if (opcode !== Opcode.CLOSE) return;
    this.#isOver = true;
    this.#behindOthers(() => this.#frame(Opcode.CLOSE, payload)).catch(() => {}); // it has closed
  }

  /** Answers the last ping of those that came while a pong waited (section 5.5.3). */
  #pong(payload: Uint8Array): void {
    const isWaiting = this.#ping !== undefined;
    this.#ping = payload;
    if (isWaiting) return;
    this.#behindOthers(() => {
      const last = this.#ping ?? payload;
      this.#ping = undefined;
      return this.#frame(Opcode.PONG, last);
    }).catch(() => {}); // the next write meets the same end
  }

  /** Reads more behind what is buffered; false at the end. */
  async #fill(): Promise<boolean> {
    this.#makeRoom();
    const room = this.#buffer.subarray(this.#end);
    const count = await this.#stream.read(room);
    if (count === null && this.#end > 0) throw new Error("WebSocket cut off within a frame");
    if (count === null) return false;
    this.#end += count;
    this.#lastRead = count;
    this.#lastRoom = room.length;
    return true;
  }

  /** What is buffered, less than a control frame, goes to the front of a buffer that suits the last read. */
  #makeRoom(): void {
    const pending = this.#buffer.subarray(this.#start, this.#end);
    const size = this.#nextSize();
    if (size !== this.#buffer.length) this.#buffer = new Uint8Array(size);
    this.#buffer.set(pending);
    this.#end = pending.length;
    this.#start = 0;
  }

  #nextSize(): number {
    const size = this.#buffer.length;
    if (this.#lastRead > 0 && this.#lastRead === this.#lastRoom) {
      return Math.min(size * GROWTH, LARGEST);
    }
    return this.#lastRead < size / 16 ? SMALLEST : size;
  }

  #take(count: number): Uint8Array {
    this.#start += count;
    return this.#buffer.subarray(this.#start - count, this.#start);
  }

  #frame(opcode: number, payload: Uint8Array): Uint8Array {
    return frameOf(opcode, payload, this.#role === "client");
  }

  /** Writes one frame behind all others; it is made when its turn comes. */
  #behindOthers(frame: () => Uint8Array): Promise<void> {
    const written = this.#lastWrite.then(() => writeAll(this.#stream, frame()));
    this.#lastWrite = written.catch(() => {}); // told to those who wait for that frame
    return written;
  }
}
