/**
 * Plays cases against a broker, each over a connection of its own. Invariants: a case ends by itself, however the
 * broker behaves; what the broker answers is read and thrown away, or not read at all.
 */
import { connect, type Socket } from "node:net";
import { delay } from "../../lib/cli/load/run.ts";
import type { TcpAddress } from "../../lib/cli/load/target.ts";
import { withDeadline } from "../../lib/wait.ts";
import type { FuzzCase, Write } from "./fuzz_case.ts";

/** A write that the broker does not take any longer ends the case. Milliseconds. */
const TAKEN_MS = 1000;
const STAY_MS = 150;

/** Plays one; resolves when its connection is closed. False: the broker cannot be reached. */
export async function play({ hostname, port }: TcpAddress, one: FuzzCase): Promise<boolean> {
  const socket = connect({ host: hostname, port, noDelay: true, allowHalfOpen: true });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const opened = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
  if (!opened) return false;
  socket.on("error", () => {}); // the broker may close whenever it wants
  socket.once("end", () => socket.end());
  if (one.reads) socket.resume();
  else socket.pause();
  for (const write of one.writes) if (!await send(socket, write)) break;
  await end(socket, one.ending, closed);
  return true;
}

/** False: the connection takes no more. */
async function send(socket: Socket, { pause, bytes }: Write): Promise<boolean> {
  if (pause > 0) await delay(pause);
  if (!socket.writable) return false;
  const { promise: written, resolve } = Promise.withResolvers<void>();
  socket.write(bytes, () => resolve());
  return await withDeadline(written, TAKEN_MS);
}

async function end(
  socket: Socket,
  ending: FuzzCase["ending"],
  closed: Promise<void>,
): Promise<void> {
  if (ending === "reset") socket.resetAndDestroy();
  if (ending === "half") {
    socket.end();
    await withDeadline(closed, STAY_MS);
  }
  if (ending === "stay") await withDeadline(closed, STAY_MS);
  socket.destroy();
  await closed;
}

/** Which cases were begun lately, the newest last; those under way are among them. */
export class Recent {
  readonly #cases: FuzzCase[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(one: FuzzCase): void {
    this.#cases.push(one);
    if (this.#cases.length > this.#most) this.#cases.shift();
  }

  get cases(): readonly FuzzCase[] {
    return this.#cases;
  }
}

/** Plays the cases of `next` in that many lanes until it has none, or the signal fires; how many were played. */
export async function playAll(
  address: TcpAddress,
  lanes: number,
  next: () => FuzzCase | undefined,
  signal: AbortSignal,
): Promise<number> {
  let played = 0;
  const lane = async () => {
    for (let one = next(); one !== undefined && !signal.aborted; one = next()) {
      if (!await play(address, one)) return;
      played++;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return played;
}
