/**
 * A raw-byte MQTT client for tests: it sends exactly the bytes it is given and compares exactly what
 * comes back. Callers: the conformance sequences and any test that speaks to a listening broker.
 * Invariants: every wait has a deadline; bytes are read only when something is expected, so a client
 * that expects nothing also exerts back-pressure; after `close` no operation is left behind.
 */
import {
  connect,
  parsePacket,
  parsePublish,
  PINGREQ,
  type RawConnect,
  type RawPacket,
  type ReceivedPublish,
  toHex,
} from "./raw_packets.ts";
import { connect5, type RawConnect5 } from "./raw_packets5.ts";
import { type Connack5, type Packets5, parse5, type Parsed5, type Type5 } from "./raw_parse5.ts";
import { PATIENCE_MS } from "./patience.ts";

/** Where a broker listens. */
export interface BrokerAddress {
  hostname: string;
  port: number;
}

const TYPE_NAMES = [
  "(0)",
  "CONNECT",
  "CONNACK",
  "PUBLISH",
  "PUBACK",
  "PUBREC",
  "PUBREL",
  "PUBCOMP",
  "SUBSCRIBE",
  "SUBACK",
  "UNSUBSCRIBE",
  "UNSUBACK",
  "PINGREQ",
  "PINGRESP",
  "DISCONNECT",
  "AUTH",
];

/** `promise`, or an error that names `what` after `ms` milliseconds. */
export async function within<T>(promise: Promise<T>, what: string, ms = PATIENCE_MS): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** One connection to a broker. Use `await using`, or call `close`. */
export class RawClient implements AsyncDisposable {
  readonly #connection: Deno.TcpConn;
  readonly #chunk = new Uint8Array(64 * 1024);
  #buffered = new Uint8Array(0);
  #pendingRead: Promise<number | null> | undefined;
  #ended = false;
  #closed = false;

  /** The session present flag of the CONNACK that `open` received. */
  sessionPresent = false;

  /** The CONNACK that `open5` received. */
  connack5: Connack5 | undefined;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    connection.setNoDelay(true);
  }

  /** A TCP connection on which nothing has been sent. */
  static async dial(address: BrokerAddress): Promise<RawClient> {
    return new RawClient(await within(Deno.connect({ ...address }), "TCP connection"));
  }

  /** The server's end of a connection, to speak with a client under test. */
  static of(connection: Deno.TcpConn): RawClient {
    return new RawClient(connection);
  }

  /** A connection with an accepted CONNECT; throws on any other answer. */
  static async open(address: BrokerAddress, options: RawConnect = {}): Promise<RawClient> {
    const client = await RawClient.dial(address);
    try {
      await client.send(connect(options));
      const connack = await client.expectPacket("CONNACK");
      if (connack.body[1] !== 0) throw new Error(`CONNECT refused: ${toHex(connack.bytes)}`);
      client.sessionPresent = connack.body[0] === 1;
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /** A connection with an accepted CONNECT of version 5; throws on any other answer. */
  static async open5(address: BrokerAddress, options: RawConnect5 = {}): Promise<RawClient> {
    const client = await RawClient.dial(address);
    try {
      await client.send(connect5(options));
      const connack = await client.expect5("CONNACK");
      if (connack.reasonCode !== 0) throw new Error(`CONNECT refused: ${toHex(connack.bytes)}`);
      client.connack5 = connack;
      client.sessionPresent = connack.sessionPresent;
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /** The local address, to tell connections apart. */
  get localAddress(): Deno.NetAddr {
    return this.#connection.localAddr as Deno.NetAddr;
  }

  /** Writes all bytes. Throws when the broker has closed the connection. */
  async send(...parts: Uint8Array[]): Promise<void> {
    for (const part of parts) {
      let sent = 0;
      while (sent < part.length) {
        sent += await within(this.#connection.write(part.subarray(sent)), "write");
      }
    }
  }

  /** Like `send`, for bytes that the broker may refuse by closing before all are written. */
  async sendAnyway(...parts: Uint8Array[]): Promise<void> {
    try {
      await this.send(...parts);
    } catch (error) {
      if (!isConnectionEnd(error)) throw error;
    }
  }

  /** The next bytes must be exactly these. */
  async expect(...parts: Uint8Array[]): Promise<void> {
    for (const wanted of parts) {
      while (
        this.#buffered.length < wanted.length && await this.#fill(`waiting for ${toHex(wanted)}`)
      );
      const got = this.#buffered.subarray(0, wanted.length);
      if (got.length < wanted.length || got.some((byte, i) => byte !== wanted[i])) {
        throw new Error(`expected ${toHex(wanted)}, got ${this.#describe()}`);
      }
      this.#buffered = this.#buffered.subarray(wanted.length);
    }
  }

  /** The next `count` bytes, or fewer where the connection ended first. */
  async take(count: number): Promise<Uint8Array> {
    while (this.#buffered.length < count && await this.#fill(`waiting for ${count} bytes`));
    const taken = this.#buffered.slice(0, count);
    this.#buffered = this.#buffered.subarray(count);
    return taken;
  }

  /** The next packet, or undefined when the connection ended first. */
  async nextPacket(): Promise<RawPacket | undefined> {
    for (;;) {
      const packet = parsePacket(this.#buffered);
      if (packet) {
        this.#buffered = this.#buffered.subarray(packet.bytes.length);
        return packet;
      }
      if (!await this.#fill("waiting for a packet")) return undefined;
    }
  }

  /** The next packet, which must be of this type (`"CONNACK"`, ...). */
  async expectPacket(type: string): Promise<RawPacket> {
    const packet = await this.nextPacket();
    if (!packet) throw new Error(`expected ${type}, but the broker closed the connection`);
    if (TYPE_NAMES[packet.type] !== type) {
      throw new Error(`expected ${type}, got ${TYPE_NAMES[packet.type]}: ${toHex(packet.bytes)}`);
    }
    return packet;
  }

  /** The next packet, which must be a PUBLISH, taken apart. */
  async expectPublish(): Promise<ReceivedPublish> {
    return parsePublish(await this.expectPacket("PUBLISH"));
  }

  /** The next packet of version 5, or undefined when the connection ended first. */
  async next5(): Promise<Parsed5 | undefined> {
    const packet = await this.nextPacket();
    return packet && parse5(packet);
  }

  /** The next packet, which must be of this type of version 5. */
  async expect5<Type extends Type5>(type: Type): Promise<Packets5[Type]> {
    // The union cannot be narrowed by a type parameter; expectPacket has compared the type.
    return parse5(await this.expectPacket(type)) as unknown as Packets5[Type];
  }

  /** The broker closes the connection, and sends nothing before it does. */
  async expectClosed(): Promise<void> {
    while (await this.#fill("waiting for the connection to be closed")) {
      throw new Error(`expected the connection to be closed, got ${this.#describe()}`);
    }
    if (this.#buffered.length > 0) throw new Error(`expected the end, got ${this.#describe()}`);
  }

  /** Nothing is under way: a PINGREQ is answered, and its PINGRESP is the next packet. */
  async expectNothing(): Promise<void> {
    await this.send(PINGREQ);
    const packet = await this.nextPacket();
    if (!packet) throw new Error("expected a living connection, but the broker closed it");
    if (packet.type !== 13) throw new Error(`expected nothing, got ${toHex(packet.bytes)}`);
  }

  /** Everything received until the broker closes the connection. */
  async readToEnd(): Promise<Uint8Array> {
    while (await this.#fill("waiting for the connection to be closed"));
    const rest = this.#buffered;
    this.#buffered = new Uint8Array(0);
    return rest;
  }

  /** Ends our half; the broker sees the end of the stream and may still send. */
  closeWrite(): Promise<void> {
    return this.#connection.closeWrite();
  }

  /** Closes without DISCONNECT. Can be called again. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection.close();
    // The outstanding read is refused by the close; that refusal is the wanted end of it.
    await this.#pendingRead?.catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Reads once. False at the end of the stream, however it ended. */
  async #fill(what: string): Promise<boolean> {
    if (this.#ended) return false;
    this.#pendingRead ??= this.#connection.read(this.#chunk);
    let count: number | null;
    try {
      count = await within(this.#pendingRead, what);
    } catch (error) {
      if (!isConnectionEnd(error)) throw error;
      count = null;
    }
    this.#pendingRead = undefined;
    this.#ended = count === null;
    if (count !== null) this.#append(this.#chunk.subarray(0, count));
    return !this.#ended;
  }

  #append(data: Uint8Array): void {
    const joined = new Uint8Array(this.#buffered.length + data.length);
    joined.set(this.#buffered);
    joined.set(data, this.#buffered.length);
    this.#buffered = joined;
  }

  #describe(): string {
    const end = this.#ended ? " and the end of the stream" : "";
    return (this.#buffered.length ? toHex(this.#buffered) : "nothing") + end;
  }
}

/** A closed connection shows as any of these, by timing and platform. */
function isConnectionEnd(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.UnexpectedEof ||
    error instanceof Deno.errors.NotConnected;
}
