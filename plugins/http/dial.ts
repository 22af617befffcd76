/**
 * Opens a stream to an HTTP server: TCP, or TLS on top of it. TLS is node:tls, imported when it is needed: Deno's
 * own has no way to say `server_name` or `verify: false`, and leaves a connection open for ever whose handshake
 * hangs (Deno 2.9.6; node:tls of 2.6.10 does that too, of 2.9.6 it does not). Invariant: when the signal fires
 * nothing stays open (but for that).
 */
import type { TLSSocket } from "node:tls";
import { type ByteStream, nodeTlsOptions, orAborted, type TlsMaterial } from "../../sources.ts";

/** Opens a stream for a URL's host; rejects with whatever the system says, or the signal's reason. */
export async function dial(url: URL, tls: TlsMaterial, signal: AbortSignal): Promise<ByteStream> {
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const isTls = url.protocol === "https:";
  const port = Number(url.port) || (isTls ? 443 : 80);
  return isTls ? await dialTls(hostname, port, tls, signal) : await dialTcp(hostname, port, signal);
}

async function dialTcp(hostname: string, port: number, signal: AbortSignal): Promise<ByteStream> {
  const stream = await Deno.connect({ hostname, port, signal });
  stream.setNoDelay(true);
  return stream;
}

async function dialTls(
  host: string,
  port: number,
  tls: TlsMaterial,
  signal: AbortSignal,
): Promise<ByteStream> {
  const { connect } = await import("node:tls");
  const socket = connect({ host, port, ...nodeTlsOptions(tls) });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("secureConnect", resolve);
  socket.once("error", reject);
  socket.once("close", () => reject(new Error("closed during the TLS handshake")));
  const stream = new NodeStream(socket);
  try {
    await orAborted(promise, signal);
    return stream;
  } catch (error) {
    stream.close();
    throw error;
  }
}

/** A socket of node:tls as ByteStream. */
class NodeStream implements ByteStream {
  readonly #socket: TLSSocket;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    this.#chunks = socket[Symbol.asyncIterator]();
    socket.on("error", () => {}); // the next read or write hears of it
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return null;
      this.#rest = value;
    }
    const part = this.#rest.subarray(0, into.length);
    into.set(part);
    this.#rest = this.#rest.subarray(part.length);
    return part.length;
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
