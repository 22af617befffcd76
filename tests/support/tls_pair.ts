/**
 * Both ends of one TLS connection over 127.0.0.1, each a TlsStream: the client's opened by dialTls, the server's made
 * of what node:tls accepts. Use `await using`. Invariant: after disposal nothing is open.
 */
import { createServer, type Server } from "node:tls";
import type { AddressInfo } from "node:net";
import { dialTls } from "../../lib/net/transport/tls.ts";
import { TlsStream } from "../../lib/net/transport/tls_stream.ts";
import { certAndKey, certPath } from "./certs.ts";
import { within } from "./raw_client.ts";
import { PATIENCE_MS } from "./patience.ts";

/** Two streams that are each other's peer. */
export class TlsPair implements AsyncDisposable {
  readonly client: TlsStream;
  readonly server: TlsStream;
  readonly #listener: Server;

  private constructor(client: TlsStream, server: TlsStream, listener: Server) {
    this.client = client;
    this.server = server;
    this.#listener = listener;
  }

  static async open(): Promise<TlsPair> {
    const accepted = Promise.withResolvers<TlsStream>();
    const listener = createServer(
      certAndKey("server"),
      (socket) => accepted.resolve(new TlsStream(socket)),
    );
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", () => resolve()));
    const { port } = listener.address() as AddressInfo;
    const ca = await Deno.readTextFile(certPath("ca.pem"));
    const client = await dialTls({ host: "127.0.0.1", port, ca }, AbortSignal.timeout(PATIENCE_MS));
    if (!(client instanceof TlsStream)) throw new Error("dialTls gave another stream");
    return new TlsPair(client, await within(accepted.promise, "a connection"), listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    this.server.close();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#listener.close(() => resolve());
    await within(promise, "the listener's end");
  }
}
