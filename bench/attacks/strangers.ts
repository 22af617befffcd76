/**
 * Connections that never become clients: each says a piece of something now and then, for as long as the broker
 * listens. Invariant: all of them are closed when the attack has to end.
 */
import { connect, type Socket } from "node:net";
import { delay } from "../../lib/cli/load/run.ts";
import type { TcpAddress } from "../../lib/cli/load/target.ts";

/** What each of them does. */
export interface Habit {
  /** Sent at once. */
  readonly first?: Uint8Array;
  /** The next piece; undefined: nothing more is said. */
  readonly next: (round: number) => Uint8Array | undefined;
  /** Milliseconds between two pieces. */
  readonly every: number;
  /** Ends its own writing side at once. */
  readonly halfClosed?: boolean;
}

/** How it went: seconds until the broker had closed the last one; those still open at the end are counted. */
export interface Fate {
  readonly opened: number;
  readonly closed: number;
  readonly seconds: number;
}

/** How many are opened at a time. */
const LANES = 16;
/** In that many shares they say a piece, one after another. */
const SHARES = 20;

/** Opens that many and has them follow their habit until the broker has closed all, or the attack has to end. */
export async function strangers(
  address: TcpAddress,
  count: number,
  habit: Habit,
  signal: AbortSignal,
): Promise<Fate> {
  const since = performance.now();
  let closed = 0;
  const sockets = await openSockets(address, count, habit, () => closed++);
  let last = performance.now();
  for (let step = 0, before = 0; closed < sockets.length && !signal.aborted; step++) {
    await delay(habit.every / SHARES);
    if (closed > before) last = performance.now();
    before = closed;
    const piece = habit.next(Math.floor(step / SHARES));
    if (piece !== undefined) speak(sockets, step % SHARES, piece);
  }
  const seconds = Math.round((last - since) / 100) / 10;
  const fate = { opened: sockets.length, closed, seconds };
  for (const socket of sockets) socket.destroy();
  return fate;
}

/** Every SHARES-th says the piece: all at once would take the processor from those who are measured. */
function speak(sockets: readonly Socket[], share: number, piece: Uint8Array): void {
  for (let at = share; at < sockets.length; at += SHARES) {
    const socket = sockets[at]!;
    if (socket.writable) socket.write(piece);
  }
}

async function openSockets(
  { hostname, port }: TcpAddress,
  count: number,
  { first, halfClosed }: Habit,
  onClose: () => void,
): Promise<Socket[]> {
  const sockets: Socket[] = [];
  let left = count;
  const lane = async () => {
    while (left-- > 0) {
      const socket = connect({ host: hostname, port, noDelay: true, allowHalfOpen: true });
      socket.on("error", () => {}); // the broker resets some
      socket.on("end", () => socket.destroy());
      socket.on("close", onClose);
      socket.resume();
      await new Promise<void>((resolve) => {
        socket.once("connect", resolve);
        socket.once("close", () => resolve());
      });
      sockets.push(socket);
      if (first !== undefined && socket.writable) socket.write(first);
      if (halfClosed === true && socket.writable) socket.end();
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return sockets;
}
