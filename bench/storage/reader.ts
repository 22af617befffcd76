/** A client that counts what a broker has for it. Invariant: it ends when all that is expected is there, or nothing comes. */
import { connectFrame, frameEnd, Header, packetIdOffset } from "../../lib/cli/load/frames.ts";
import type { Target } from "../../lib/cli/load/target.ts";
import { writeAll } from "../../lib/io.ts";

/** Nothing more comes where nothing has come for this time. Milliseconds. */
const QUIET = 2000;
/** Some brokers refuse a keep-alive of 0. Seconds. */
const KEEP_ALIVE = 60;

/** How it reads. */
export interface ReadOptions {
  readonly expected: number;
  /** Sent behind CONNECT. */
  readonly frames?: readonly Uint8Array[];
  /** QoS 1 is acknowledged; else all of it stays for the next time, and some brokers send no more than 20. */
  readonly isAcknowledging?: boolean;
}

/** What was there. */
export interface Read {
  /** CONNACK's session present. */
  readonly isPresent: boolean;
  readonly messages: number;
  /** Different payloads, by their last four bytes. */
  readonly payloads: ReadonlySet<number>;
}

/** CONNECT of 3.1.1 with a keep-alive. */
export function connectAlive(clientId: string, target: Target): Uint8Array {
  const frame = connectFrame(clientId, target);
  frame[11] = KEEP_ALIVE;
  return frame;
}

/** Connects and reads. The target says whether the session is kept; QoS 1 that comes is read, then it closes. */
export async function readMessages(
  target: Target,
  clientId: string,
  { expected, frames = [], isAcknowledging = false }: ReadOptions,
): Promise<Read> {
  const socket = await target.dial();
  for (const frame of [connectAlive(clientId, target), ...frames]) await writeAll(socket, frame);
  let timer = setTimeout(() => socket.close(), QUIET);
  const counts = new Counts();
  try {
    while (counts.payloads.size < expected) {
      const acks = await counts.readOnce(socket);
      if (acks === undefined) break;
      clearTimeout(timer);
      timer = setTimeout(() => socket.close(), QUIET);
      if (isAcknowledging && acks.length > 0) await writeAll(socket, acks);
    }
    socket.close();
  } catch (error) {
    // The timer has closed it.
    if (!isClosed(error)) throw error;
  } finally {
    clearTimeout(timer);
  }
  return counts;
}

class Counts implements Read {
  isPresent = false;
  messages = 0;
  readonly payloads = new Set<number>();
  readonly #buffer = new Uint8Array(65_536);
  #partial = 0;

  /** @returns the acknowledgements of what came; undefined: the connection has ended */
  async readOnce(socket: Pick<Deno.TcpConn, "read">): Promise<Uint8Array | undefined> {
    const buffer = this.#buffer;
    const read = await socket.read(buffer.subarray(this.#partial));
    if (read === null) return undefined;
    const end = this.#partial + read;
    const acks: number[] = [];
    let at = 0;
    for (let next = frameEnd(buffer, at, end); next !== 0 && next <= end;) {
      this.#take(buffer.subarray(at, next), acks);
      at = next;
      next = frameEnd(buffer, at, end);
    }
    buffer.copyWithin(0, at, end);
    this.#partial = end - at;
    return Uint8Array.from(acks);
  }

  #take(frame: Uint8Array, acks: number[]): void {
    if (frame[0] === 0x20) this.isPresent = (frame[2]! & 1) !== 0;
    if (frame[0]! >> 4 !== Header.PUBLISH >> 4) return;
    this.messages++;
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    this.payloads.add(view.getUint32(frame.length - 4));
    if ((frame[0]! & 6) === 0) return;
    const at = packetIdOffset(frame);
    acks.push(Header.PUBACK, 2, frame[at]!, frame[at + 1]!);
  }
}

function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe;
}
