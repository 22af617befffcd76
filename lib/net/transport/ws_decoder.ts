/**
 * WebSocket frames as they come -> their payload, for either side (RFC 6455, section 5). Invariants: pure; payload is
 * made in place, in the bytes that are decoded, so that it costs no copy; what is kept between two calls is less than a
 * control frame with its head, or what the caller had no room for.
 */
import { closeAnswer, CloseCode, WebSocketFault } from "./ws_close.ts";
import {
  applyMask,
  type FrameHead,
  LONGEST_CONTROL,
  maskBehind,
  Opcode,
  readHead,
  unmaskTo,
} from "./ws_frame.ts";

/** Which side we are: a client masks what it sends, a server does not, and neither takes the other way. */
export type WebSocketRole = "client" | "server";

/** The highest bit of a length, which must not be set (section 5.2). */
const NO_LENGTH = 0x80;
const NO_BYTES = new Uint8Array(0);

/** The first byte of a frame that is a message, and the second one of a short one with a mask. */
const BINARY_MESSAGE = 0x82;
const SHORTEST_MASKED = 0x80;
const LONGEST_MASKED = 0x80 + LONGEST_CONTROL;
const MASKED_HEAD = 6;

/** What comes from one peer. */
export class FrameDecoder {
  /** What was given and is no whole head, no whole control frame, or had no room; it goes before the next bytes. */
  kept: Uint8Array;
  /** The payload of the last ping that was not answered yet. */
  ping: Uint8Array | undefined = undefined;
  /** The payload of the answer to the peer's close frame; nothing is decoded behind it. */
  close: Uint8Array | undefined = undefined;
  /** What the peer did wrong. */
  fault: WebSocketFault | undefined = undefined;
  /** How much of the present frame's payload has not come. */
  left = 0;
  readonly #isServer: boolean;
  /** The mask of the next byte of payload. */
  #mask: number | undefined = undefined;
  /** The present message has further frames. */
  #isFragmented = false;

  /** @param rest bytes behind the handshake */
  constructor(role: WebSocketRole, rest: Uint8Array) {
    this.#isServer = role === "server";
    this.kept = rest;
  }

  /**
   * Decodes what comes next, in place, up to `most` bytes of payload; answers how many stand at the beginning of
   * `bytes` now. What is behind them is of no use. A fault is thrown where nothing came in front of it, else the next
   * call does.
   */
  decode(bytes: Uint8Array, end: number, most: number): number {
    if (this.fault !== undefined) throw this.fault;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    let count = 0;
    try {
      for (;;) {
        if (this.left > 0) {
          const part = Math.min(this.left, end - at, most - count);
          if (part === 0) break;
          this.#payload(bytes, view, at, count, part);
          at += part;
          count += part;
        } else if (count === most) break;
        const next = this.left > 0 ? at : this.#next(bytes, at, end);
        if (next < 0) break;
        at = next;
      }
    } catch (error) {
      if (!(error instanceof WebSocketFault)) throw error;
      this.fault = error;
      if (count === 0) throw error;
    }
    this.kept = at === end || this.close !== undefined ? NO_BYTES : bytes.slice(at, end);
    return count;
  }

  /** Moves payload to the front, without its mask. */
  #payload(bytes: Uint8Array, view: DataView, at: number, to: number, length: number): void {
    const mask = this.#mask;
    this.left -= length;
    if (mask === undefined) {
      if (at !== to) bytes.copyWithin(to, at, at + length);
      return;
    }
    unmaskTo(bytes, view, at, to, length, mask);
    if (this.left > 0) this.#mask = maskBehind(mask, length);
  }

  /** Where the next frame's payload begins, or what is behind a control frame; -1: more bytes are needed, or none. */
  #next(bytes: Uint8Array, at: number, end: number): number {
    if (this.close !== undefined) return -1;
    const second = bytes[at + 1]!;
    const isUsual = bytes[at] === BINARY_MESSAGE && this.#isServer && !this.#isFragmented &&
      second >= SHORTEST_MASKED && second <= LONGEST_MASKED;
    if (isUsual && end - at >= MASKED_HEAD) {
      this.left = second - SHORTEST_MASKED;
      this.#mask = bytes[at + 2]! << 24 | bytes[at + 3]! << 16 | bytes[at + 4]! << 8 |
        bytes[at + 5]!;
      return at + MASKED_HEAD;
    }
    const head = readHead(bytes, at, end);
    if (head === undefined) return -1;
    this.#check(head, bytes[at + 2]!);
    const payloadAt = at + head.size;
    if (head.opcode >= Opcode.CLOSE) return this.#control(bytes, payloadAt, end, head);
    this.#isFragmented = !head.isFinal;
    this.#mask = head.mask;
    this.left = head.length;
    return payloadAt;
  }

  /** Throws for a head that the peer must not send, or not now. */
  #check({ opcode, isFinal, hasReservedBits, mask, length }: FrameHead, third: number): void {
    const peer = this.#isServer ? "client" : "server";
    if (hasReservedBits || (mask !== undefined) !== this.#isServer) {
      const wrongly = this.#isServer ? "without a mask" : "a mask";
      throw wrong(`the ${peer} sent a WebSocket frame with reserved bits or ${wrongly}`);
    }
    if (!Number.isSafeInteger(length)) {
      throw new WebSocketFault(
        third < NO_LENGTH ? CloseCode.TOO_BIG : CloseCode.PROTOCOL_ERROR,
        `the ${peer} sent a WebSocket frame of an impossible length`,
      );
    }
    if (opcode === Opcode.TEXT && !this.#isFragmented) {
      throw new WebSocketFault(
        CloseCode.UNSUPPORTED_DATA,
        `the ${peer} sent a text frame [MQTT-6.0.0-1]`,
      );
    }
    const isRight = opcode < Opcode.CLOSE
      ? opcode === (this.#isFragmented ? Opcode.CONTINUATION : Opcode.BINARY)
      : isFinal && length <= LONGEST_CONTROL && opcode <= Opcode.PONG;
    if (!isRight) throw wrong(`the ${peer} sent a WebSocket frame ${opcode} amiss`);
  }

  #control(
    bytes: Uint8Array,
    at: number,
    end: number,
    { opcode, mask, length }: FrameHead,
  ): number {
    if (end < at + length) return -1;
    const payload = bytes.slice(at, at + length);
    if (mask !== undefined) applyMask(payload, mask, 0);
    if (opcode === Opcode.PING) this.ping = payload;
    if (opcode === Opcode.CLOSE) this.close = closeAnswer(payload);
    return at + length;
  }
}

function wrong(text: string): WebSocketFault {
  return new WebSocketFault(CloseCode.PROTOCOL_ERROR, text);
}
