/**
 * Opens a stream to an HTTP server: TCP, or TLS on top of it. Called by HttpAgent. Deno's own TLS serves; node:tls
 * where Deno has no way to say what is asked: another name than the host's, or no check at all.
 * Invariant: when the signal fires nothing stays open.
 */
import type { TLSSocket } from "node:tls";
import type { ByteStream } from "../../net/stream.ts";
import { orAborted } from "../time.ts";
import { nodeTlsOptions, type TlsMaterial } from "../tls_options.ts";

/** Opens a stream for a URL's host; rejects with whatever the system says, or the signal's reason. */
export async function dial(url: URL, tls: TlsMaterial, signal: AbortSignal): Promise<ByteStream> {
  const isTls = url.protocol === "https:";
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = Number(url.port) || (isTls ? 443 : 80);
  const opening = isTls ? dialTls(hostname, port, tls) : dialTcp(hostname, port);
  try {
    return await orAborted(opening, signal);
  } catch (error) {
    // Whether it failed or came too late, nobody has use for it.
    opening.then((stream) => stream.close(), () => {});
    throw error;
  }
}

async function dialTcp(hostname: string, port: number): Promise<ByteStream> {
  const stream = await Deno.connect({ hostname, port });
  stream.setNoDelay(true);
  return stream;
}

async function dialTls(hostname: string, port: number, tls: TlsMaterial): Promise<ByteStream> {
  if (tls.serverName !== undefined || !tls.verify) return await dialNode(hostname, port, tls);
  const { authority, cert, key } = tls;
  const stream = await Deno.connectTls({
    hostname,
    port,
    ...(authority !== undefined && { caCerts: [authority] }),
    ...(cert !== undefined && key !== undefined && { cert, key }),
  });
  try {
    await stream.handshake();
  } catch (error) {
    stream.close();
    throw error;
  }
  return stream;
}

async function dialNode(host: string, port: number, tls: TlsMaterial): Promise<ByteStream> {
  const { connect } = await import("node:tls");
  const socket = connect({ host, port, ...await nodeTlsOptions(tls) });
  socket.setNoDelay(true);
  const stream = new NodeStream(socket);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("secureConnect", resolve);
  socket.once("error", reject);
  socket.once("close", () => reject(new Error("closed during the TLS handshake")));
  try {
    await promise;
  } catch (error) {
    stream.close();
    throw error;
  }
  return stream;
}

/** A socket of node:tls as ByteStream. */
class NodeStream implements ByteStream {
  readonly #socket: TLSSocket;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
    socket.on("error", () => {}); // whoever reads or writes hears of it
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
