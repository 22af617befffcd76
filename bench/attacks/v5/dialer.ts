/**
 * Bare connections of an attack in MQTT 5. Invariant: what comes is read, counted and thrown away, so that no broker
 * waits for the attacker.
 */
import { writeAll } from "../../../lib/io.ts";
import { delay } from "../../../lib/cli/load/run.ts";
import type { TcpAddress } from "../../../lib/cli/load/target.ts";

/** Connections that are opened at the same time. */
const LANES = 16;

/** One connection. */
export class Dialed {
  readonly #socket: Deno.TcpConn;
  /** Bytes that came. */
  received = 0;
  /** Ends with the connection. */
  readonly reading: Promise<void>;
  isOpen = true;

  private constructor(socket: Deno.TcpConn) {
    this.#socket = socket;
    this.reading = this.#read();
  }

  static async to(address: TcpAddress): Promise<Dialed> {
    const socket = await Deno.connect({ ...address, transport: "tcp" });
    socket.setNoDelay(true);
    return new Dialed(socket);
  }

  /** Writes as much as the broker takes; false when it has closed. */
  async say(...frames: Uint8Array[]): Promise<boolean> {
    try {
      for (const frame of frames) await writeAll(this.#socket, frame);
      return this.isOpen;
    } catch {
      return false;
    }
  }

  /** Resolves when that many bytes have come, or the connection has ended. */
  async heard(bytes: number): Promise<boolean> {
    while (this.isOpen && this.received < bytes) await delay(1);
    return this.received >= bytes;
  }

  close(): void {
    try {
      this.#socket.close();
    } catch {
      // closed already
    }
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (let read; (read = await this.#socket.read(buffer)) !== null;) this.received += read;
    } catch {
      // reset
    }
    this.isOpen = false;
  }
}

/** Does something with each index, sixteen at a time, until all are done or the signal fires. */
export async function inLanes(
  count: number,
  signal: AbortSignal,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let i = next++; i < count && !signal.aborted; i = next++) await work(i);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}
