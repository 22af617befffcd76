/**
 * Answers an authority's questions over HTTP (http-01, RFC 8555 section 8.3). Invariants: only a token that is under way
 * is answered, everything else is 404; once it is closed no connection is left, also where a peer says nothing.
 */
import { messageOf, UserError } from "../user_error.ts";

const PREFIX = "/.well-known/acme-challenge/";
/** `[::]` takes IPv4 too, but not everywhere. */
const ADDRESSES = ["::", "0.0.0.0"] as const;

/** An open port that proves names. */
export class Responder implements AsyncDisposable {
  readonly #proofs = new Map<string, string>();
  readonly #controller = new AbortController();
  readonly #servers: Deno.HttpServer[] = [];

  /** Throws a UserError that says what to do about a port that cannot be opened. */
  constructor(port: number) {
    const causes: unknown[] = [];
    for (const hostname of ADDRESSES) {
      try {
        this.#servers.push(this.#serve(hostname, port));
      } catch (cause) {
        causes.push(cause);
      }
    }
    if (this.#servers.length === 0) throw new UserError(whyNotOpened(port, causes.at(-1)));
  }

  /** Answers for this token from now on. */
  prove(token: string, proof: string): void {
    this.#proofs.set(PREFIX + token, proof);
  }

  /** Closes the port and ends all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#controller.abort();
    await Promise.all(this.#servers.map(({ finished }) => finished));
  }

  #serve(hostname: string, port: number): Deno.HttpServer {
    const { signal } = this.#controller;
    return Deno.serve(
      { hostname, port, signal, onListen: () => {} },
      ({ method, url }) => {
        const proof = method === "GET"
          ? this.#proofs.get(URL.parse(url)?.pathname ?? "")
          : undefined;
        if (proof === undefined) return new Response("not found\n", { status: 404 });
        return new Response(proof, { headers: { "content-type": "application/octet-stream" } });
      },
    );
  }
}

/** What to do about a port that cannot be opened. */
export function whyNotOpened(port: number, cause: unknown): string {
  const forward = `or another http_port, to which a proxy forwards ${PREFIX}`;
  if (cause instanceof Deno.errors.AddrInUse) {
    return `http_port ${port} is taken by another process; expected a free one, ${forward}`;
  }
  if (cause instanceof Deno.errors.PermissionDenied) {
    return `http_port ${port} needs a right that this user does not have (AmbientCapabilities=CAP_NET_BIND_SERVICE ` +
      `in systemd, or setcap cap_net_bind_service=+ep of the executable); expected that, ${forward}`;
  }
  return `http_port ${port} cannot be opened: ${messageOf(cause)}`;
}
