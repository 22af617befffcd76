/**
 * TLS to a server, over node:tls: Deno's own client has no server name beside a client certificate, no way to check
 * nothing, and leaves the socket of a handshake open that was given up. Light: what does the work is imported with
 * the first connection. Invariant: when the signal fires, nothing stays open (on Deno 2.6.10 the socket of a
 * handshake that hangs does, whatever is tried).
 */
import type { ConnectionOptions } from "node:tls";
import { orAborted } from "../../wait.ts";
import type { ByteStream } from "../stream.ts";

/**
 * Opens a TLS connection; rejects with what the system or the certificates say, or the signal's reason.
 * @param tls Host, port, certificates and checks, as node:tls takes them.
 */
export async function dialTls(tls: ConnectionOptions, signal: AbortSignal): Promise<ByteStream> {
  const { connect } = await import("node:tls");
  const { TlsStream } = await import("./tls_stream.ts");
  signal.throwIfAborted();
  const socket = connect(tls);
  socket.setNoDelay(true);
  const stream = new TlsStream(socket);
  const { promise: opened, resolve, reject } = Promise.withResolvers<void>();
  socket.once("secureConnect", resolve);
  socket.once("error", reject);
  socket.once("close", () => reject(new Error("closed during the TLS handshake")));
  try {
    await orAborted(opened, signal);
    return stream;
  } catch (error) {
    stream.close();
    throw error;
  }
}
