/**
 * Accepts sockets of node:net, which node:tls stands on. Invariants: no error of a single socket is without a listener
 * (it would end the process); a shortage of file descriptors is survived, and said once while it lasts; nothing of a
 * socket is read before someone asks for it.
 */
import { createServer, type Server, type Socket } from "node:net";

/** How often it is looked whether accepting has come to a standstill, milliseconds. */
const LOOK_MS = 1000;
const BACKLOG = 511;

/** A bound address. */
export class NodeAcceptor {
  readonly #server: Server;
  readonly #isShort: () => unknown;
  #timer: ReturnType<typeof setInterval> | undefined;
  #stopped = Promise.withResolvers<void>();
  #isSaid = false;

  private constructor(server: Server, isShort: () => unknown) {
    this.#server = server;
    this.#isShort = isShort;
  }

  /**
   * Binds the address; rejects with what the system says.
   * @param isShort gives the system's error while file descriptors are used up
   */
  static async open(
    hostname: string,
    port: number,
    isShort: () => unknown = shortageNow,
  ): Promise<NodeAcceptor> {
    const server = createServer({ pauseOnConnect: true, noDelay: true });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    // A name may stand for several addresses; Deno.listen takes the first, too.
    server.listen({ host: await addressOf(hostname), port, backlog: BACKLOG }, resolve);
    await promise.catch((cause) => {
      throw isCode(cause, "EADDRINUSE") ? new Deno.errors.AddrInUse(cause.message) : cause;
    });
    server.removeListener("error", reject);
    return new NodeAcceptor(server, isShort);
  }

  get bound(): { readonly hostname: string; readonly port: number } {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) return { hostname: "", port: 0 };
    return { hostname: address.address, port: address.port };
  }

  /** Accepts until closed; never rejects. `failed` is called once for each run of failures. */
  run(take: (socket: Socket) => void, failed: (cause: unknown) => void): Promise<void> {
    this.#server.on("error", failed);
    this.#server.on("connection", (socket: Socket) => {
      socket.on("error", () => {}); // who reads it hears of it at its end
      try {
        take(socket);
      } catch (cause) {
        socket.destroy();
        failed(cause);
      }
    });
    this.#timer = setInterval(() => this.#look(failed), LOOK_MS);
    return this.#stopped.promise;
  }

  /** Accepts no longer; sockets that came in stay. Does nothing the second time. */
  close(): void {
    clearInterval(this.#timer);
    if (this.#server.listening) this.#server.close();
    this.#stopped.resolve();
  }

  #look(failed: (cause: unknown) => void): void {
    const cause = this.#isShort();
    if (cause !== undefined && !this.#isSaid) failed(cause);
    this.#isSaid = cause !== undefined;
    acceptAgain(this.#server);
  }
}

/**
 * Deno 2.9.6 does not look at a listening socket any more once an accept has failed for want of a file descriptor, and
 * says nothing. Asked to listen again it takes up the same socket, with all who wait at it.
 */
function acceptAgain(server: Server): void {
  const handle: unknown = Reflect.get(server, "_handle");
  if (typeof handle !== "object" || handle === null) return;
  const listen: unknown = Reflect.get(handle, "listen");
  if (typeof listen === "function") listen.call(handle, BACKLOG);
}

/** The error where no file can be opened for want of descriptors; it is the only way to hear of it. */
function shortageNow(): unknown {
  try {
    Deno.openSync("/dev/null").close();
    return undefined;
  } catch (cause) {
    return isCode(cause, "EMFILE") || isCode(cause, "ENFILE") ? cause : undefined;
  }
}

function isCode(cause: unknown, code: string): cause is Error {
  return cause instanceof Error && Reflect.get(cause, "code") === code;
}

/** node:net asks for names by itself, but tries no second one; what is no name stays as it is. */
async function addressOf(hostname: string): Promise<string> {
  const { isIP } = await import("node:net");
  if (isIP(hostname) !== 0) return hostname;
  const { lookup } = await import("node:dns/promises");
  return (await lookup(hostname)).address;
}
