/**
 * Accepts connections on one TCP address. Invariant: no error of a single peer ends the loop, or makes it pause;
 * `close` ends it.
 */
import { plainAddress } from "../../cidr.ts";
import { AcceptLoop } from "./accept_loop.ts";
import type { Incoming, Listener } from "./listener.ts";

/** An open TCP listener. */
export class TcpListener implements Listener {
  readonly #listener: Deno.TcpListener;
  readonly #loop: AcceptLoop<Deno.TcpConn>;
  #closed = false;

  /** Opens the address at once; throws what Deno.listen throws. */
  constructor(hostname: string, port: number) {
    this.#listener = Deno.listen({ transport: "tcp", hostname, port });
    this.#loop = new AcceptLoop(this.#listener);
  }

  get address(): string {
    const { hostname, port } = this.#listener.addr;
    return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  run(accept: (incoming: Incoming) => void, failed: (cause: unknown) => void): Promise<void> {
    return this.#loop.run((stream) => {
      stream.setNoDelay(true);
      const { hostname, port } = stream.remoteAddr;
      accept({ stream, peer: { address: plainAddress(hostname), port } });
    }, failed);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#loop.stop();
    this.#listener.close();
  }
}
