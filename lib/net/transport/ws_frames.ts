/**
 * The frames of a WebSocket (RFC 6455) as a ByteStream, the client's side: the payloads of binary frames are one
 * stream of bytes, whose frame borders mean nothing [MQTT-6.0.0-2]. Made by websocket.ts. Invariants: nothing
 * is buffered beyond one read, so the stream below is read exactly as this one is; one frame is written at
 * a time, and a pong waits its turn.
 */
import type { ByteStream } from "../stream.ts";
import { writeAll } from "../../io.ts";

const Opcode = { CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const;

const FINAL = 0x80;
const RESERVED_BITS = 0x70;
const MASKED = 0x80;
const MASK_BYTES = 4;
const LONGEST_CONTROL = 125;
const READ_BYTES = 4096;
/** The most that one frame of ours carries: it is copied, for the mask must not touch the caller's bytes. */
const LONGEST_FRAME = 65_535;

/** An open WebSocket. */
export class WebSocketStream implements ByteStream {
  readonly #stream: ByteStream;
  /** What was read of the stream below and not yet used. */
  #buffer: Uint8Array<ArrayBuffer>;
  #start = 0;
  #end: number;
  /** Payload bytes of the present data frame that have not been read. */
  #left = 0;
  /** The present message has further frames. */
  #isFragmented = false;
  #isOver = false;
  #lastWrite: Promise<void> = Promise.resolve();

  /** @param rest bytes behind the handshake's answer */
  constructor(stream: ByteStream, rest: Uint8Array) {
    this.#stream = stream;
    this.#buffer = new Uint8Array(Math.max(READ_BYTES, rest.length));
    this.#buffer.set(rest);
    this.#end = rest.length;
  }

  /** See ByteStream; throws for what a server must not send. */
  async read(into: Uint8Array): Promise<number | null> {
    while (this.#left === 0) if (this.#isOver || !await this.#nextFrame()) return null;
    const wanted = Math.min(this.#left, into.length);
    let count: number | null = Math.min(wanted, this.#end - this.#start);
    if (count > 0) into.set(this.#take(count));
    else count = await this.#stream.read(into.subarray(0, wanted));
    if (count === null) throw new Error("WebSocket cut off within a frame");
    this.#left -= count;
    return count;
  }

  async write(bytes: Uint8Array): Promise<number> {
    const part = bytes.subarray(0, LONGEST_FRAME);
    await this.#send(Opcode.BINARY, part); // [MQTT-6.0.0-1]
    return part.length;
  }

  close(): void {
    this.#isOver = true;
    this.#stream.close();
  }

  /** Reads headers and control frames up to the next payload; false at the end. */
  async #nextFrame(): Promise<boolean> {
    if (!await this.#fill(2)) return false;
    const [first = 0, second = 0] = this.#take(2);
    const opcode = first & 0x0f;
    if ((first & RESERVED_BITS) !== 0 || (second & MASKED) !== 0) {
      throw new Error("the server sent a WebSocket frame with reserved bits or a mask");
    }
    const length = await this.#readLength(second);
    if (opcode >= Opcode.CLOSE) return await this.#control(opcode, length, (first & FINAL) !== 0);
    this.#checkData(opcode);
    this.#isFragmented = (first & FINAL) === 0;
    this.#left = length;
    return true;
  }

  #checkData(opcode: number): void {
    if (opcode === Opcode.TEXT) throw new Error("the broker sent a text frame [MQTT-6.0.0-1]");
    const expected = this.#isFragmented ? Opcode.CONTINUATION : Opcode.BINARY;
    if (opcode !== expected) throw new Error(`the server sent a WebSocket frame ${opcode} amiss`);
  }

  async #readLength(second: number): Promise<number> {
    if (second < 126) return second;
    const size = second === 126 ? 2 : 8;
    if (!await this.#fill(size)) throw new Error("WebSocket cut off within a frame");
    let length = 0;
    for (const byte of this.#take(size)) length = length * 256 + byte;
    if (Number.isSafeInteger(length)) return length;
    throw new Error("the server sent a WebSocket frame of an impossible length");
  }

  /** Answers a ping or a close; false when it was a close. */
  async #control(opcode: number, length: number, isFinal: boolean): Promise<boolean> {
    if (!isFinal || length > LONGEST_CONTROL || opcode > Opcode.PONG) {
      throw new Error(`the server sent a WebSocket frame ${opcode} amiss`);
    }
    if (!await this.#fill(length)) throw new Error("WebSocket cut off within a frame");
    const payload = this.#take(length).slice();
    if (opcode === Opcode.PONG) return true;
    const answer = opcode === Opcode.PING ? Opcode.PONG : Opcode.CLOSE;
    const sent = this.#send(answer, payload);
    if (opcode === Opcode.PING) {
      sent.catch(() => {}); // the next write meets the same end
      return true;
    }
    await sent.catch(() => {}); // whoever closes need not wait for an answer
    this.#isOver = true;
    return false;
  }

  /** Has at least so many bytes in the buffer; false when the stream ends before. */
  async #fill(count: number): Promise<boolean> {
    while (this.#end - this.#start < count) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
      const read = await this.#stream.read(this.#buffer.subarray(this.#end));
      if (read === null) return false;
      this.#end += read;
    }
    return true;
  }

  #take(count: number): Uint8Array {
    this.#start += count;
    return this.#buffer.subarray(this.#start - count, this.#start);
  }

  /** Writes one frame behind all others. */
  #send(opcode: number, payload: Uint8Array): Promise<void> {
    const frame = frameOf(opcode, payload);
    const written = this.#lastWrite.then(() => writeAll(this.#stream, frame));
    this.#lastWrite = written.catch(() => {}); // told to whoever waits for that frame
    return written;
  }
}

/** A whole masked frame with at most 65,535 bytes of payload. */
function frameOf(opcode: number, payload: Uint8Array): Uint8Array {
  const isShort = payload.length < 126;
  const head = (isShort ? 2 : 4) + MASK_BYTES;
  const frame = new Uint8Array(head + payload.length);
  frame[0] = FINAL | opcode;
  frame[1] = MASKED | (isShort ? payload.length : 126);
  if (!isShort) {
    frame[2] = payload.length >> 8;
    frame[3] = payload.length & 0xff;
  }
  const mask = frame.subarray(head - MASK_BYTES, head);
  crypto.getRandomValues(mask);
  for (let i = 0; i < payload.length; i++) frame[head + i] = payload[i]! ^ mask[i & 3]!;
  return frame;
}
