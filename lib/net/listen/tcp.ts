/**
 * Accepts connections on one TCP address. Used by the broker, one a configured listener. Invariant: no error
 * of a single accept ends the loop (EMFILE would end `for await` for good); `close` ends it.
 */
import type { ByteStream } from "../stream.ts";

/** A connection as it was accepted. */
export interface Accepted {
  readonly stream: ByteStream;
  readonly address: string;
  readonly port: number;
}

const RETRY_MS = 100;

/** An open TCP listener. */
export class TcpListener {
  readonly #listener: Deno.TcpListener;
  #closed = false;
  #retry: { timer: ReturnType<typeof setTimeout>; resolve: () => void } | undefined;

  /** Opens the address at once; throws what Deno.listen throws. */
  constructor(hostname: string, port: number) {
    this.#listener = Deno.listen({ transport: "tcp", hostname, port });
  }

  get hostname(): string {
    return this.#listener.addr.hostname;
  }

  /** The bound port, also where 0 was asked for. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /**
   * Accepts until closed; never rejects.
   * @param failed called once for each run of failures, for the log
   */
  async run(accept: (accepted: Accepted) => void, failed: (cause: unknown) => void): Promise<void> {
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
function handOver(stream: Deno.TcpConn, accept: (accepted: Accepted) => void): void {
  try {
    stream.setNoDelay(true);
    const { hostname, port } = stream.remoteAddr;
    accept({ stream, address: unmapped(hostname), port });
  } catch (cause) {
    stream.close();
    throw cause;
  }
}

/** `::ffff:192.0.2.7` is the IPv4 address that it means. */
function unmapped(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}
