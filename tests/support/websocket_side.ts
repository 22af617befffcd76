/**
 * One side of a WebSocket in the hands of a test: a WebSocketStream over a fake stream, for which the test makes its
 * peer's frames byte by byte. Invariant: every wait has a deadline.
 */
import { assertEquals } from "@std/assert";
import { type WebSocketRole, WebSocketStream } from "../../lib/net/transport/ws_frames.ts";
import { FakeStream } from "./fake_stream.ts";
import { within } from "./raw_client.ts";
import { bytes, utf8 } from "./raw_packets.ts";
import { frame, serverFrame } from "./raw_websocket.ts";

/** Both sides. */
export const ROLES: readonly WebSocketRole[] = ["client", "server"];

/** A frame that was written, without its mask. */
export interface WrittenFrame {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

/** One side over a fake stream, what makes the frames of its peer, and what it wrote. */
export class WebSocketSide {
  readonly below = new FakeStream();
  readonly stream: WebSocketStream;
  readonly #role: WebSocketRole;

  constructor(role: WebSocketRole, rest = new Uint8Array(0)) {
    this.#role = role;
    this.stream = new WebSocketStream(this.below, role, rest);
  }

  /** A frame of the peer's. */
  frame(opcode: number, payload: Uint8Array | string, isFinal = true): Uint8Array {
    return peerFrame(this.#role, opcode, payload, isFinal);
  }

  /** What one read gives; null at the end. */
  async read(room = 100_000): Promise<Uint8Array | null> {
    const into = new Uint8Array(room);
    const count = await within(this.stream.read(into), "a read");
    return count === null ? null : into.slice(0, count);
  }

  /** Everything up to the end. */
  async readAll(room?: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let part = await this.read(room); part !== null; part = await this.read(room)) {
      parts.push(part);
    }
    return bytes(...parts);
  }

  /** The frames that were written, without their masks. */
  get written(): WrittenFrame[] {
    return framesIn(Uint8Array.from(this.below.written), this.#role === "client");
  }
}

/** A frame that the peer of this side may send. */
export function peerFrame(
  role: WebSocketRole,
  opcode: number,
  payload: Uint8Array | string,
  isFinal = true,
): Uint8Array {
  return (role === "server" ? frame : serverFrame)(opcode, utf8(payload), isFinal);
}

/** Takes apart final frames; every one is masked, or none. */
function framesIn(data: Uint8Array, areMasked: boolean): WrittenFrame[] {
  const frames: WrittenFrame[] = [];
  for (let at = 0; at < data.length;) {
    const [first = 0, second = 0] = data.subarray(at, at + 2);
    assertEquals([first & 0xf0, second >> 7], [0x80, areMasked ? 1 : 0], "final, mask bit");
    const isShort = (second & 0x7f) < 126;
    const length = isShort ? second & 0x7f : data[at + 2]! << 8 | data[at + 3]!;
    const maskAt = at + (isShort ? 2 : 4);
    const payloadAt = maskAt + (areMasked ? 4 : 0);
    const mask = areMasked ? data.subarray(maskAt, payloadAt) : new Uint8Array(4);
    const payload = data.slice(payloadAt, payloadAt + length).map((byte, i) => byte ^ mask[i % 4]!);
    frames.push({ opcode: first & 0x0f, payload });
    at = payloadAt + length;
  }
  return frames;
}

/** Bytes of which no two hundred in a row are the same as others. */
export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i ^ (i >> 8) ^ (i >> 16));
}
