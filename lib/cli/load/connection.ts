/**
 * One MQTT connection of the load generator: a bare stream, a parser that only finds where frames
 * begin, and an outbox for frames. Invariant: one write is under way at most, either by `write` or
 * by the outbox.
 */
import type { ByteStream } from "../../net/stream.ts";
import {
  bodyOf,
  connectFrame,
  type Credentials,
  frameEnd,
  Header,
  subscribeFrame,
  unsubscribeFrame,
} from "./frames.ts";
import { writeAll } from "../../io.ts";

/** Where a broker listens. */
export interface Address {
  readonly hostname: string;
  readonly port: number;
}

/** A broker: how to get there, and as whom. */
export interface Target extends Credentials {
  dial(): Promise<ByteStream>;
  /** Begins every client id, so that two generators do not take each other's place. */
  readonly prefix?: string;
  /** A plain socket, whose buffer takes a few small writes at once: none has to wait for another. */
  readonly takesAtOnce?: boolean;
}

/** A broker that lets everybody in over TCP. */
export function tcpTarget(address: Address): Target {
  return {
    takesAtOnce: true,
    async dial() {
      const socket = await Deno.connect({ ...address, transport: "tcp" });
      socket.setNoDelay(true);
      return socket;
    },
  };
}

/** Called for each frame: its first byte, and where its body begins in the buffer (valid in the call). */
export type OnFrame = (header: number, buffer: Uint8Array, body: number) => void;

/** Bytes that a plain socket's buffer has room for whenever the broker reads at all. */
const TAKEN_AT_ONCE = 16_384;
/** Filters of one SUBSCRIBE; more are sent in several. */
const FILTERS_PER_PACKET = 200;

export class Connection {
  readonly #socket: ByteStream;
  readonly #takesAtOnce: boolean;
  readonly #buffer: Uint8Array<ArrayBuffer>;
  #outbox = new Uint8Array(1024);
  #spare = new Uint8Array(1024);
  #waiting = 0;
  #writing = false;
  /** Bytes of an unfinished frame at the start of the buffer. */
  #partial = 0;

  private constructor(socket: ByteStream, bufferSize: number, takesAtOnce: boolean) {
    this.#socket = socket;
    this.#takesAtOnce = takesAtOnce;
    this.#buffer = new Uint8Array(bufferSize);
  }

  /** Connects and waits for a CONNACK that lets it in. `bufferSize` in bytes bounds one read. */
  static async open(target: Target, clientId: string, bufferSize = 65536): Promise<Connection> {
    const connection = new Connection(await target.dial(), bufferSize, target.takesAtOnce === true);
    await connection.write(connectFrame((target.prefix ?? "") + clientId, target));
    await connection.#expect(0x20, (body) => connection.#buffer[body + 1] === 0);
    return connection;
  }

  /** Subscribes and waits until every filter is granted. Nothing else may be reading. */
  async subscribe(filters: readonly string[], qos: number): Promise<void> {
    for (let at = 0; at < filters.length; at += FILTERS_PER_PACKET) {
      const some = filters.slice(at, at + FILTERS_PER_PACKET);
      await this.write(subscribeFrame(some, qos));
      await this.#expect(0x90, (body) => this.#allGranted(body + 2, some.length));
    }
  }

  /** Takes subscriptions back and waits for it. Nothing else may be reading. */
  async unsubscribe(filters: readonly string[]): Promise<void> {
    for (let at = 0; at < filters.length; at += FILTERS_PER_PACKET) {
      await this.write(unsubscribeFrame(filters.slice(at, at + FILTERS_PER_PACKET)));
      await this.#expect(0xb0, () => true);
    }
  }

  /** Writes everything; resolves when the socket has taken it. */
  write(bytes: Uint8Array): Promise<void> {
    return writeAll(this.#socket, bytes);
  }

  /** Puts a frame (PUBLISH or ack) into the outbox; `flush` sends what has gathered. */
  push(frame: Uint8Array): void {
    this.#reserve(frame.length);
    this.#outbox.set(frame, this.#waiting);
    this.#waiting += frame.length;
  }

  /** Puts an acknowledgement into the outbox: the packet id is copied from `buffer` at `at`. */
  pushAck(header: number, buffer: Uint8Array, at: number): void {
    this.#reserve(4);
    this.#outbox[this.#waiting++] = header;
    this.#outbox[this.#waiting++] = 2;
    this.#outbox[this.#waiting++] = buffer[at]!;
    this.#outbox[this.#waiting++] = buffer[at + 1]!;
  }

  /** Starts to write the outbox, unless that is under way already. */
  flush(): void {
    if (this.#writing || this.#waiting === 0) return;
    this.#writing = true;
    // A broker that closes ends the reading side too: there the run fails or ends.
    this.#drain().catch(() => {});
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

  /** One write a frame: a client answers each message by itself, and so does the measuring stick. */
  async #drain(): Promise<void> {
    while (this.#waiting > 0) {
      const full = this.#outbox;
      const end = this.#waiting;
      this.#outbox = this.#spare;
      this.#spare = full;
      this.#waiting = 0;
      const isTaken = this.#takesAtOnce && end <= TAKEN_AT_ONCE;
      await (isTaken ? this.#writeTogether(full, end) : this.#writeInTurn(full, end));
    }
    this.#writing = false;
  }

  async #writeInTurn(frames: Uint8Array, end: number): Promise<void> {
    for (let at = 0; at < end;) {
      const next = frameEnd(frames, at, end);
      await this.write(frames.subarray(at, next));
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
    const needed = this.#waiting + more;
    if (needed <= this.#outbox.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#outbox.length * 2));
    grown.set(this.#outbox.subarray(0, this.#waiting));
    this.#outbox = grown;
  }

  async #expect(header: number, accept: (body: number) => boolean): Promise<void> {
    let seen = false;
    const onFrame: OnFrame = (got, _buffer, body) => {
      if (got !== header) return;
      if (!accept(body)) throw new Error(`the broker refused: packet 0x${header.toString(16)}`);
      seen = true;
    };
    while (!seen) {
      if (!await this.readOnce(onFrame)) throw new Error("the broker closed the connection");
    }
  }

  #allGranted(from: number, count: number): boolean {
    return this.#buffer.subarray(from, from + count).every((code) => code <= 2);
  }
}

/**
 * Answers what a subscriber has received, at its QoS; the answer waits for `flush`.
 * @returns true for a PUBLISH
 */
export function acknowledge(
  subscriber: Connection,
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

/** A read buffer that holds any packet with that many bytes of payload. */
export function bufferFor(size: number): number {
  return Math.max(65_536, 2 * size);
}

/**
 * Opens `count` connections, sixteen at a time; client ids are `${name}${index}`. `first` is what
 * each does at once, a subscription for example.
 */
export async function openAll(
  target: Target,
  name: string,
  count: number,
  bufferSize?: number,
  first?: (connection: Connection, index: number) => Promise<void>,
): Promise<Connection[]> {
  const opened = new Array<Connection>(count);
  let next = 0;
  const lane = async () => {
    for (let i = next++; i < count; i = next++) {
      const connection = await Connection.open(target, `${name}${i}`, bufferSize);
      opened[i] = connection;
      await first?.(connection, i);
    }
  };
  await Promise.all(Array.from({ length: 16 }, lane));
  return opened;
}

/** Did reading or writing fail because this side closed the socket, or the broker did? */
function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe;
}
