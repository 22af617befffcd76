/**
 * Accepts connections on one TCP address. Invariant: no error of a single accept ends the loop (EMFILE would end
 * `for await` for good); `close` ends it.
 */
import type { Incoming, Listener } from "./listener.ts";

const RETRY_MS = 100;

/** An open TCP listener. */
export class TcpListener implements Listener {
  readonly #listener: Deno.TcpListener;
  #closed = false;
  #retry: { timer: ReturnType<typeof setTimeout>; resolve: () => void } | undefined;

  /** Opens the address at once; throws what Deno.listen throws. */
  constructor(hostname: string, port: number) {
    this.#listener = Deno.listen({ transport: "tcp", hostname, port });
  }

  get address(): string {
    const { hostname, port } = this.#listener.addr;
    return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  async run(accept: (incoming: Incoming) => void, failed: (cause: unknown) => void): Promise<void> {
    let failing = false;
    while (!this.#closed) {
      try {
        const stream = await this.#listener.accept();
        failing = false;
        if (this.#closed) return stream.close(); // it came in the same turn
        handOver(stream, accept);
      } catch (cause) {
        if (this.#closed) return;
        if (!failing) failed(cause);
        failing = true;
        await this.#pause();
      }
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#retry?.timer);
    this.#retry?.resolve();
    this.#listener.close();
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#retry = { timer: setTimeout(resolve, RETRY_MS), resolve };
    });
  }
}

/** Gives a connection to its owner, or ends it where that fails. */
function handOver(stream: Deno.TcpConn, accept: (incoming: Incoming) => void): void {
  try {
    stream.setNoDelay(true);
    const { hostname, port } = stream.remoteAddr;
    accept({ stream, peer: { address: unmapped(hostname), port } });
  } catch (cause) {
    stream.close();
    throw cause;
  }
}

/** `::ffff:192.0.2.7` is the IPv4 address that it means. */
function unmapped(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}
