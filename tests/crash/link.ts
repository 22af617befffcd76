/**
 * One TCP connection of the load. Invariants: packets are handed on in the order in which they came, one at a time;
 * after `ended` has resolved no packet comes any more and no operation is left.
 */
import { joined, writeAll } from "../../lib/io.ts";
import type { BrokerAddress } from "../support/raw_client.ts";
import { parsePacket, type RawPacket } from "../support/raw_packets.ts";

/** A connection that reads all the time and writes what it was given, in order. */
export class Link {
  /** Resolves once the connection is over, whoever ended it. */
  readonly ended: Promise<void>;
  readonly #connection: Deno.TcpConn;
  #unsent: Uint8Array[] = [];
  #writing = Promise.resolve();
  #isClosed = false;

  private constructor(connection: Deno.TcpConn, onPacket: (packet: RawPacket) => void) {
    this.#connection = connection;
    connection.setNoDelay(true);
    this.ended = this.#read(onPacket).finally(() => this.close());
  }

  /** Undefined where no one listens. */
  static async open(
    address: BrokerAddress,
    onPacket: (packet: RawPacket) => void,
  ): Promise<Link | undefined> {
    try {
      return new Link(await Deno.connect({ ...address }), onPacket);
    } catch (error) {
      if (!isNetworkError(error)) throw error;
      return undefined;
    }
  }

  /** Sends bytes behind those before; silently nothing once the connection is over. */
  send(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    this.#unsent.push(bytes);
    if (this.#unsent.length === 1) this.#writing = this.#writing.then(() => this.#write());
  }

  /** Ends it at once, with whatever was not sent. Can be called again. */
  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#connection.close();
    }
    await this.#writing;
  }

  async #write(): Promise<void> {
    const bytes = joined(this.#unsent);
    this.#unsent = [];
    try {
      if (!this.#isClosed) await writeAll(this.#connection, bytes);
    } catch (error) {
      if (!isNetworkError(error)) throw error; // the reader sees the end
    }
  }

  async #read(onPacket: (packet: RawPacket) => void): Promise<void> {
    const chunk = new Uint8Array(64 * 1024);
    let rest = new Uint8Array(0);
    try {
      for (;;) {
        const count = await this.#connection.read(chunk);
        if (count === null) return;
        rest = joined([rest, chunk.subarray(0, count)]);
        for (let packet = parsePacket(rest); packet; packet = parsePacket(rest)) {
          rest = rest.subarray(packet.bytes.length);
          if (!this.#isClosed) onPacket(packet);
        }
      }
    } catch (error) {
      if (!isNetworkError(error)) throw error;
    }
  }
}

/** The other side is not there, or we have closed. */
function isNetworkError(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionRefused ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.UnexpectedEof;
}
