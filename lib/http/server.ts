/**
 * The connections of an HTTP server, over listeners of the house. Own code and not the runtime's: Deno.serve has no
 * deadline for heads, cannot change its certificates, and hands out no WebSocket that stops reading. Invariants: there are
 * no more than `most`, those whose peers are waited for make room first; without connections no timer runs.
 */
import type { Incoming } from "../net/listen/listener.ts";
import { HttpConnection, type HttpServices } from "./connection.ts";
import { whoMakesRoom } from "./room.ts";

const SWEEP_MS = 1000;

/** Serves what listeners bring. */
export class HttpConnections {
  readonly #services: HttpServices;
  readonly #most: number;
  readonly #open = new Map<HttpConnection, Promise<void>>();
  #stopSweep: (() => void) | undefined;
  #isOver = false;

  /** @param most connections at once */
  constructor(services: HttpServices, most: number) {
    this.#services = services;
    this.#most = most;
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Takes a connection in. */
  accept(incoming: Incoming): void {
    if (this.#isOver || !this.#makeRoom(incoming.peer.address)) {
      incoming.handshake?.catch(() => {}); // it ends with the stream
      incoming.stream.close();
      return;
    }
    const { clock } = this.#services;
    this.#stopSweep ??= clock.every(SWEEP_MS, () => this.#sweep(clock.now()));
    const connection = new HttpConnection(incoming, this.#services);
    this.#open.set(connection, connection.run().then(() => this.#left(connection)));
  }

  /** Ends all; answers that are being made have that many milliseconds. May be called again, with less. */
  async close(milliseconds: number): Promise<void> {
    this.#isOver = true;
    for (const connection of this.#open.keys()) connection.finish();
    const cancel = this.#services.clock.after(milliseconds, () => {
      for (const connection of this.#open.keys()) connection.close();
    });
    await Promise.all(this.#open.values());
    cancel();
  }

  #makeRoom(address: string): boolean {
    if (this.#open.size < this.#most) return true;
    const one = whoMakesRoom(this.#open.keys(), address, this.#services.clock.now());
    if (one === undefined) return false;
    this.#open.delete(one);
    one.close();
    return true;
  }

  #sweep(now: number): void {
    for (const connection of this.#open.keys()) connection.sweep(now);
  }

  #left(connection: HttpConnection): void {
    this.#open.delete(connection);
    if (this.#open.size > 0) return;
    this.#stopSweep?.();
    this.#stopSweep = undefined;
  }
}
