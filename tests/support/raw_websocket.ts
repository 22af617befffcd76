/**
 * A raw WebSocket client for tests (RFC 6455), on top of the raw TCP client: every frame is built by
 * hand, so that text frames, fragments and packets cut anywhere can be sent. Callers: the conformance
 * sequences of section 6 and tests of the WebSocket listener. Invariant: reads take one frame at a
 * time, each with a deadline.
 */
import { type BrokerAddress, RawClient } from "./raw_client.ts";
import { bytes, latin1, toHex, u16 } from "./raw_packets.ts";

/** Frame types, RFC 6455 section 5.2. */
export const Opcode = { CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const;

/** One frame as it was received. */
export interface Frame {
  fin: boolean;
  opcode: number;
  payload: Uint8Array;
  /** True for what clients send. */
  isMasked: boolean;
}

/** The server's answer to the upgrade. */
export interface UpgradeAnswer {
  status: number;
  /** Names in lower case. */
  headers: Map<string, string>;
}

const MASK = Uint8Array.of(0x11, 0x22, 0x33, 0x44);

function lengthBytes(length: number): Uint8Array {
  if (length < 126) return Uint8Array.of(length);
  if (length < 65_536) return bytes(126, u16(length));
  return bytes(127, 0, 0, 0, 0, u16(length >>> 16), u16(length & 0xffff));
}

/** A masked frame, as clients send it. */
export function frame(opcode: number, payload: Uint8Array, fin = true): Uint8Array {
  const length = lengthBytes(payload.length);
  length[0]! |= 0x80;
  return bytes(
    (fin ? 0x80 : 0) | opcode,
    length,
    MASK,
    payload.map((byte, i) => byte ^ MASK[i % 4]!),
  );
}

/** A frame without a mask, as servers send it. */
export function serverFrame(opcode: number, payload: Uint8Array, fin = true): Uint8Array {
  return bytes((fin ? 0x80 : 0) | opcode, lengthBytes(payload.length), payload);
}

/** Reads one frame from either side and takes its mask off; undefined at the end of the stream. */
export async function readFrame(raw: RawClient): Promise<Frame | undefined> {
  const head = await raw.take(2);
  if (head.length < 2) return undefined;
  let length = head[1]! & 0x7f;
  if (length >= 126) {
    const long = await raw.take(length === 126 ? 2 : 8);
    length = long.reduce((sum, byte) => sum * 256 + byte, 0);
  }
  const isMasked = (head[1]! & 0x80) !== 0;
  const mask = isMasked ? await raw.take(4) : new Uint8Array(4);
  const payload = (await raw.take(length)).map((byte, i) => byte ^ mask[i % 4]!);
  return { fin: (head[0]! & 0x80) !== 0, opcode: head[0]! & 0x0f, payload, isMasked };
}

/** The head of an HTTP message, to its empty line. */
export async function readHead(raw: RawClient): Promise<string> {
  let head = "";
  while (!head.endsWith("\r\n\r\n")) {
    const byte = await raw.take(1);
    if (byte.length === 0) return head;
    head += String.fromCharCode(byte[0]!);
  }
  return head;
}

/** Names in lower case. */
export function headersOf(head: string): Map<string, string> {
  const lines = head.split("\r\n").slice(1).filter((line) => line.includes(":"));
  return new Map(lines.map((line) => {
    const at = line.indexOf(":");
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
  }));
}

const ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Answers a client's upgrade on `raw`, as a server; the subprotocols that the client offers. */
export async function acceptUpgrade(raw: RawClient): Promise<string[]> {
  const headers = headersOf(await readHead(raw));
  const key = bytes((headers.get("sec-websocket-key") ?? "") + ACCEPT_SUFFIX);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", new Uint8Array(key)));
  await raw.send(bytes(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
    `Sec-WebSocket-Accept: ${btoa(latin1(digest))}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n`,
  ));
  return (headers.get("sec-websocket-protocol") ?? "").split(",").map((name) => name.trim());
}

/** One WebSocket connection. */
export class RawWebSocket implements AsyncDisposable {
  /** The TCP connection below. */
  readonly raw: RawClient;
  readonly answer: UpgradeAnswer;
  #data = new Uint8Array(0);

  private constructor(raw: RawClient, answer: UpgradeAnswer) {
    this.raw = raw;
    this.answer = answer;
  }

  /**
   * Connects and asks for the upgrade; `protocols` is the header's value, absent where undefined, and `headers` are
   * further lines.
   */
  static async dial(
    address: BrokerAddress & { path: string },
    protocols: string | undefined = "mqtt",
    headers: readonly string[] = [],
  ): Promise<RawWebSocket> {
    const raw = await RawClient.dial({ hostname: address.hostname, port: address.port });
    try {
      const key = btoa(latin1(crypto.getRandomValues(new Uint8Array(16))));
      const lines = [
        `GET ${address.path} HTTP/1.1`,
        `Host: ${address.hostname}:${address.port}`,
        "Upgrade: websocket",
        "Connection: Upgrade",
        `Sec-WebSocket-Key: ${key}`,
        "Sec-WebSocket-Version: 13",
        ...(protocols === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocols}`]),
        ...headers,
      ];
      await raw.send(bytes(lines.join("\r\n") + "\r\n\r\n"));
      return new RawWebSocket(raw, parseAnswer(await readHead(raw)));
    } catch (error) {
      await raw.close();
      throw error;
    }
  }

  /** Sends `data` as one binary frame. */
  send(data: Uint8Array): Promise<void> {
    return this.raw.send(frame(Opcode.BINARY, data));
  }

  /** The next frame, or undefined at the end of the stream. */
  async nextFrame(): Promise<Frame | undefined> {
    const next = await readFrame(this.raw);
    if (next?.isMasked) throw new Error("the server sent a masked frame");
    return next;
  }

  /** The next bytes of the MQTT stream must be these, in binary frames of any size. */
  async expect(...parts: Uint8Array[]): Promise<void> {
    const wanted = bytes(...parts);
    while (this.#data.length < wanted.length) await this.#readData();
    const got = this.#data.subarray(0, wanted.length);
    if (got.some((byte, i) => byte !== wanted[i])) {
      throw new Error(`expected ${toHex(wanted)}, got ${toHex(this.#data)}`);
    }
    this.#data = this.#data.slice(wanted.length);
  }

  /** The server ends the connection, by a close frame or without one, and sends no data before. */
  async expectClosed(): Promise<void> {
    const next = await this.nextFrame();
    if (next && next.opcode !== Opcode.CLOSE) {
      throw new Error(`expected the end, got a frame ${next.opcode}: ${toHex(next.payload)}`);
    }
  }

  /** The next frame is a close frame, and the end is behind it; its code, and its reason. */
  async expectClose(): Promise<[code: number, reason: string]> {
    const next = await this.nextFrame();
    if (next?.opcode !== Opcode.CLOSE) {
      throw new Error(`expected a close frame, got ${next && toHex(next.payload)}`);
    }
    if (await this.nextFrame() !== undefined) throw new Error("there are bytes behind the close");
    const reason = new TextDecoder("utf-8", { fatal: true }).decode(next.payload.subarray(2));
    return [next.payload[0]! << 8 | next.payload[1]!, reason];
  }

  close(): Promise<void> {
    return this.raw.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #readData(): Promise<void> {
    const next = await this.nextFrame();
    if (!next) throw new Error("expected MQTT bytes, but the server ended the stream");
    const data = next.opcode === Opcode.BINARY || next.opcode === Opcode.CONTINUATION;
    if (!data) {
      throw new Error(`expected a binary frame, got ${next.opcode}: ${toHex(next.payload)}`);
    }
    this.#data = new Uint8Array(bytes(this.#data, next.payload));
  }
}

function parseAnswer(head: string): UpgradeAnswer {
  return { status: Number(head.split(" ")[1] ?? 0), headers: headersOf(head) };
}
