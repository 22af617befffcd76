/**
 * The sockets under the SQL drivers. Both drivers end a connection by a farewell that a hung server never answers;
 * the socket is made here so that it can be destroyed at any time. Invariant: it goes to its server, whatever host
 * the driver names: that is then the name to find in the certificate.
 */
import { Socket } from "node:net";
import { type ServerAddress, SourceError } from "../../sources.ts";
import type { SqlLogin } from "./types.ts";
import { messageOf } from "../../plugin.ts";

/** A dead peer is noticed after this long, also while no one asks. */
const KEEP_ALIVE_MS = 60_000;

/** A socket to one server. */
export class ServerSocket extends Socket {
  /** Where node:tls looks for the name to find in a certificate when it was told none: mysql2 tells it no addresses. */
  readonly _host: string;
  readonly #server: ServerAddress;
  #firstError: Error | undefined;

  /** @param name The name to find in the server's certificate. */
  constructor(server: ServerAddress, name: string) {
    super();
    this.#server = server;
    this._host = name;
    this.setKeepAlive(true, KEEP_ALIVE_MS);
    // What happens after the driver has let go is no one's trouble any more.
    this.on("error", (error) => this.#firstError ??= error);
  }

  /** What went wrong first: a driver's own word is often only that the connection was closed. */
  get firstError(): Error | undefined {
    return this.#firstError;
  }

  /** Connects, wherever the driver wants to. */
  override connect(..._elsewhere: unknown[]): this {
    return super.connect(this.#server.port, this.#server.host);
  }
}

/** The name to find in the server's certificate. */
export function certificateName({ server, tls }: SqlLogin): string {
  return tls?.servername ?? server.host;
}

/** Runs a driver's connecting; the signal, as well as a failure, destroys its socket. */
export async function connecting<T>(
  socket: ServerSocket,
  signal: AbortSignal,
  connect: () => Promise<T>,
): Promise<T> {
  const destroy = () => socket.destroy();
  signal.addEventListener("abort", destroy, { once: true });
  try {
    signal.throwIfAborted();
    return await connect();
  } catch (error) {
    destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", destroy);
  }
}

/** What a driver says of a connection that ended, whatever the reason. */
const VAGUE = /connection (?:lost|terminated)|closed/i;

/** A lost connection, as an error of this source. */
export function lost(socket: ServerSocket, error: unknown): SourceError {
  const isVague = error instanceof Error && VAGUE.test(error.message);
  const cause = isVague ? socket.firstError ?? error : error;
  const [inner = cause] = cause instanceof AggregateError ? cause.errors : [];
  const message = messageOf(inner);
  return new SourceError(message, { cause: error, isTransport: true });
}
