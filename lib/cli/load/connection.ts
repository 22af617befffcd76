/**
 * One MQTT connection of the load generator: a bare stream, a parser that only finds where frames begin, and an
 * outbox for frames. Invariant: one write is under way at most, either by `write` or by the outbox.
 */
import type { ByteStream } from "../../net/stream.ts";
import {
  behindProperties,
  bodyOf,
  connectFrame,
  frameEnd,
  Header,
  type Level,
  receiveMaximumOf,
  subscribeFrame,
  unsubscribeFrame,
} from "./frames.ts";
import { writeAll } from "../../io.ts";
import { Outbox } from "./outbox.ts";
import type { Target } from "./target.ts";

/** Called for each frame: its first byte, and where its body begins in the buffer (valid in the call). */
export type OnFrame = (header: number, buffer: Uint8Array, body: number) => void;

/** Filters of one SUBSCRIBE; more are sent in several. */
const FILTERS_PER_PACKET = 200;

/** Reads frames, and writes at once or through the outbox. */
export class LoadConnection {
  /** What it speaks. */
  readonly level: Level;
  /** Messages above QoS 0 that the broker takes at once. */
  receiveMaximum = 65_535;
  readonly #socket: ByteStream;
  readonly #outbox: Outbox;
  readonly #buffer: Uint8Array<ArrayBuffer>;
  /** Bytes of an unfinished frame at the start of the buffer. */
  #partial = 0;

  private constructor(socket: ByteStream, bufferSize: number, target: Target) {
    this.level = target.level ?? 4;
    this.#socket = socket;
    this.#outbox = new Outbox(socket, target);
    this.#buffer = new Uint8Array(bufferSize);
  }

  /** Connects and waits for a CONNACK that lets it in. `bufferSize` in bytes bounds one read. */
  static async open(target: Target, clientId: string, bufferSize = 65536): Promise<LoadConnection> {
    const connection = new LoadConnection(await target.dial(), bufferSize, target);
    const id = (target.prefix ?? "") + clientId;
    await connection.write(connectFrame(id, target, connection.level));
    await connection.#expect(0x20, (body) => connection.#isLetIn(body));
    return connection;
  }

  /** Subscribes and waits until every filter is granted. Nothing else may be reading. */
  async subscribe(filters: readonly string[], qos: number): Promise<void> {
    for (let at = 0; at < filters.length; at += FILTERS_PER_PACKET) {
      const some = filters.slice(at, at + FILTERS_PER_PACKET);
      await this.write(subscribeFrame(some, qos, this.level));
      await this.#expect(0x90, (body) => this.#allGranted(body + 2, some.length));
    }
  }

  /** Takes subscriptions back and waits for it. Nothing else may be reading. */
  async unsubscribe(filters: readonly string[]): Promise<void> {
    for (let at = 0; at < filters.length; at += FILTERS_PER_PACKET) {
      const some = filters.slice(at, at + FILTERS_PER_PACKET);
      await this.write(unsubscribeFrame(some, this.level));
      await this.#expect(0xb0, () => true);
    }
  }

  /**
   * Writes everything; resolves when the socket has taken it.
   * @throws Error that says so where the broker has closed the connection
   */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      await writeAll(this.#socket, bytes);
    } catch (error) {
      throw isClosed(error) ? closedByBroker(error) : error;
    }
  }

  /** Puts a frame (PUBLISH or ack) into the outbox; `flush` sends what has gathered. */
  push(frame: Uint8Array): void {
    this.#outbox.push(frame);
  }

  /** Puts an acknowledgement into the outbox: the packet id is copied from `buffer` at `at`. */
  pushAck(header: number, buffer: Uint8Array, at: number): void {
    this.#outbox.pushAck(header, buffer, at);
  }

  /** Starts to write the outbox, unless that is under way already. */
  flush(): void {
    this.#outbox.flush();
  }

  /** Reads until the connection ends; `afterRead` is called once for all frames of a read. */
  async consume(onFrame: OnFrame, afterRead: () => void): Promise<void> {
    try {
      while (await this.readOnce(onFrame)) afterRead();
    } catch (error) {
      if (!isClosed(error)) throw error;
    }
  }

  /** One read and its whole frames; false at the end of the stream. */
  async readOnce(onFrame: OnFrame): Promise<boolean> {
    const read = await this.#socket.read(this.#buffer.subarray(this.#partial));
    if (read === null) return false;
    const end = this.#partial + read;
    const at = this.#scan(end, onFrame);
    this.#partial = end - at;
    if (at > 0 && at < end) this.#buffer.copyWithin(0, at, end);
    return true;
  }

  /** Closes the socket; what is being read or written ends. */
  close(): void {
    this.#socket.close();
  }

  /** Calls back for each whole frame before `end`; returns where the unfinished one begins. */
  #scan(end: number, onFrame: OnFrame): number {
    const buffer = this.#buffer;
    let at = 0;
    while (at + 2 <= end) {
      const length = buffer[at + 1]!;
      const next = length < 128 ? at + 2 + length : frameEnd(buffer, at, end);
      if (next === 0 || next > end) break;
      onFrame(buffer[at]!, buffer, length < 128 ? at + 2 : bodyOf(buffer, at));
      at = next;
    }
    return at;
  }

  async #expect(header: number, accept: (body: number) => boolean): Promise<void> {
    let seen = false;
    const onFrame: OnFrame = (got, _buffer, body) => {
      if (got !== header) return;
      if (!accept(body)) throw new Error(`the broker refused: packet 0x${header.toString(16)}`);
      seen = true;
    };
    try {
      while (!seen) if (!await this.readOnce(onFrame)) throw closedByBroker();
    } catch (error) {
      throw isClosed(error) ? closedByBroker(error) : error;
    }
  }

  #isLetIn(body: number): boolean {
    if (this.#buffer[body + 1] !== 0) return false;
    if (this.level === 5) this.receiveMaximum = receiveMaximumOf(this.#buffer, body + 2);
    return true;
  }

  #allGranted(at: number, count: number): boolean {
    const from = this.level === 5 ? behindProperties(this.#buffer, at) : at;
    return this.#buffer.subarray(from, from + count).every((code) => code <= 2);
  }
}

/**
 * Answers what a subscriber has received, at its QoS; the answer waits for `flush`.
 * @returns true for a PUBLISH
 */
export function acknowledge(
  subscriber: LoadConnection,
  header: number,
  buffer: Uint8Array,
  body: number,
): boolean {
  if (header >> 4 === Header.PUBREL >> 4) subscriber.pushAck(Header.PUBCOMP, buffer, body);
  if (header >> 4 !== Header.PUBLISH >> 4) return false;
  const qos = header >> 1 & 3;
  const packetId = body + 2 + (buffer[body]! << 8 | buffer[body + 1]!);
  if (qos > 0) subscriber.pushAck(qos === 1 ? Header.PUBACK : Header.PUBREC, buffer, packetId);
  return true;
}

function closedByBroker(cause?: unknown): Error {
  return new Error("the broker closed a connection", { cause });
}

/** Did reading or writing fail because this side closed the socket, or the broker did? */
function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe;
}
