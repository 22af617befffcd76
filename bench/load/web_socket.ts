/**
 * The generator's end of a WebSocket: its handshake, and writes that go to the socket at once, so that it costs little
 * beside the broker. Invariants: every frame has a random mask, as the standard asks for (zeros would flatter); one
 * write is one whole frame.
 */
import { joined, writeAll } from "../../lib/io.ts";
import type { ByteStream } from "../../lib/net/stream.ts";
import { applyMask, LONGEST_FRAME, Opcode } from "../../lib/net/transport/ws_frame.ts";
import { WebSocketStream } from "../../lib/net/transport/ws_frames.ts";

const REQUEST = new TextEncoder().encode(
  "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
    "Sec-WebSocket-Protocol: mqtt\r\n\r\n",
);
const FINAL_BINARY = 0x80 | Opcode.BINARY;
const MASKED = 0x80;
const SHORT = 126;
const MASK_SIZE = 4;
const MOST_HEAD = 4096;

/** Random bytes for masks; drawn in advance, since a draw a frame would cost as much as the frame. */
class Masks {
  readonly #bytes = new Uint8Array(16_384);
  #at = this.#bytes.length;

  /** Puts the next mask at `at` and returns it. */
  next(frame: Uint8Array, at: number): number {
    if (this.#at === this.#bytes.length) {
      crypto.getRandomValues(this.#bytes);
      this.#at = 0;
    }
    for (let i = 0; i < MASK_SIZE; i++) frame[at + i] = this.#bytes[this.#at++]!;
    return new DataView(frame.buffer, frame.byteOffset).getUint32(at);
  }
}

const MASKS = new Masks();

/** A masked binary frame; `payload` has at most LONGEST_FRAME bytes. */
export function clientFrame(payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const maskAt = length < SHORT ? 2 : 4;
  const frame = new Uint8Array(maskAt + MASK_SIZE + length);
  frame[0] = FINAL_BINARY;
  frame[1] = MASKED | (length < SHORT ? length : SHORT);
  if (length >= SHORT) new DataView(frame.buffer).setUint16(2, length);
  const mask = MASKS.next(frame, maskAt);
  frame.set(payload, maskAt + MASK_SIZE);
  applyMask(frame.subarray(maskAt + MASK_SIZE), mask, 0);
  return frame;
}

/** An open WebSocket whose writes do not wait for each other. */
class GeneratorWebSocket implements ByteStream {
  readonly #below: ByteStream;
  readonly #frames: WebSocketStream;

  constructor(below: ByteStream, rest: Uint8Array) {
    this.#below = below;
    this.#frames = new WebSocketStream(below, "client", rest);
  }

  read(into: Uint8Array): Promise<number | null> {
    return this.#frames.read(into);
  }

  async write(bytes: Uint8Array): Promise<number> {
    const part = bytes.subarray(0, LONGEST_FRAME);
    await writeAll(this.#below, clientFrame(part));
    return part.length;
  }

  close(): void {
    this.#frames.close();
  }
}

/** Asks a server for a WebSocket over this stream. */
export async function openWebSocket(below: ByteStream): Promise<ByteStream> {
  await writeAll(below, REQUEST);
  let answer: Uint8Array = new Uint8Array();
  const buffer = new Uint8Array(MOST_HEAD);
  while (answer.length < MOST_HEAD) {
    const count = await below.read(buffer);
    if (count === null) break;
    answer = joined([answer, buffer.subarray(0, count)]);
    const head = new TextDecoder("latin1").decode(answer);
    const end = head.indexOf("\r\n\r\n") + 4;
    if (end < 4) continue;
    if (!head.startsWith("HTTP/1.1 101 ")) break;
    return new GeneratorWebSocket(below, answer.slice(end));
  }
  below.close();
  throw new Error("the broker does not agree to a WebSocket");
}
