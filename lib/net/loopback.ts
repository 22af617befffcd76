/**
 * A look at all sockets, as cheap as Deno has one: a byte through a TCP connection to ourselves. While anything can
 * run, Deno's runtime looks at sockets in every 61st round of its event loop only; with nothing to run but a read that
 * waits, it looks at once. Invariants: opened when it is first needed; whatever fails, and where the process may not
 * reach its own loopback, yields go on as `Rounds` makes them; no yield is lost; nothing waits on it between two
 * yields, so that it keeps no process alive.
 */
import { Rounds, type Yields } from "./yields.ts";

const HOSTNAME = "127.0.0.1";
/** How much work is worth a yield of 15 us, and the smaller batches behind it, milliseconds. */
const WORK_MS = 0.5;

/** Both ends of one connection. */
export interface Ends {
  readonly near: Pick<Deno.TcpConn, "write" | "close">;
  readonly far: Pick<Deno.TcpConn, "read" | "close">;
}

/** Yields by a byte through the loopback. */
export class Loopback implements Yields {
  readonly #byte = new Uint8Array(1);
  readonly #read = new Uint8Array(1);
  readonly #instead: Yields;
  readonly #open: () => Promise<Ends>;
  #ends: Ends | undefined;
  #opening: Promise<void> | undefined;
  #isClosed = false;

  /**
   * @param instead while there is no connection
   * @param open of the connection
   */
  constructor(instead: Yields = new Rounds(), open: () => Promise<Ends> = openPair) {
    this.#instead = instead;
    this.#open = open;
  }

  get workMs(): number {
    return this.#ends === undefined ? this.#instead.workMs : WORK_MS;
  }

  get isCheap(): boolean {
    return this.#ends !== undefined;
  }

  pause(done: () => void): void {
    if (this.#ends === undefined) this.#instead.pause(done);
    else this.#send(this.#ends, done);
  }

  /** Only what rests is reason enough to open it: a long message alone is none. */
  rest(done: () => void): void {
    if (this.#ends !== undefined) return this.#send(this.#ends, done);
    if (!this.#isClosed) this.#opening ??= this.#begin();
    this.#instead.rest(done);
  }

  async close(): Promise<void> {
    this.#giveUp();
    await this.#opening;
  }

  #giveUp(): void {
    const ends = this.#ends;
    this.#ends = undefined;
    this.#isClosed = true;
    if (ends !== undefined) closeBoth(ends);
  }

  #send({ near, far }: Ends, done: () => void): void {
    const fail = () => {
      this.#giveUp();
      this.#instead.pause(done);
    };
    far.read(this.#read).then((count) => count === 1 ? done() : fail(), fail);
    near.write(this.#byte).catch(() => this.#giveUp()); // then the read fails
  }

  async #begin(): Promise<void> {
    try {
      const ends = await this.#open();
      if (this.#isClosed) closeBoth(ends);
      else this.#ends = ends;
    } catch {
      // It cannot be had here: it stays as it is.
    }
  }
}

/** @throws what the system says, or an Error where it may not be had */
async function openPair(): Promise<Ends> {
  const { state } = Deno.permissions.querySync({ name: "net", host: HOSTNAME });
  if (state !== "granted") throw new Error("no permission"); // and no person is to be asked for it
  using listener = Deno.listen({ hostname: HOSTNAME, port: 0 });
  const accepted = listener.accept();
  accepted.catch(() => {}); // where the other end fails, this one ends with the listener
  const near = await Deno.connect({ hostname: HOSTNAME, port: listener.addr.port });
  const far = await accepted;
  if (far.remoteAddr.port !== near.localAddr.port) {
    closeBoth({ near, far });
    throw new Error("a stranger came first");
  }
  near.setNoDelay(true);
  return { near, far };
}

function closeBoth({ near, far }: Ends): void {
  near.close();
  far.close();
}
