/** What a handler is given of a request. Invariant: what costs something is made when it is looked at. */
import type { RequestHead } from "../net/listen/http_head.ts";
import type { Peer } from "../net/stream.ts";
import type { HttpExchange } from "../plugin/management.ts";
import type { RequestBody } from "./body.ts";
import type { Framing } from "./request.ts";

/** A request, and who sent it. */
export class Exchange implements HttpExchange {
  readonly request: Request;
  readonly isSecure: boolean;
  readonly #peer: Peer;
  readonly #signal: () => AbortSignal;

  constructor(request: Request, isSecure: boolean, peer: Peer, signal: () => AbortSignal) {
    this.request = request;
    this.isSecure = isSecure;
    this.#peer = peer;
    this.#signal = signal;
  }

  get address(): string {
    return this.#peer.address;
  }

  get port(): number {
    return this.#peer.port;
  }

  get signal(): AbortSignal {
    return this.#signal();
  }
}

/** The platform's form of a request. */
export function requestOf(
  { method, headers }: RequestHead,
  { url }: Framing,
  body: RequestBody,
): Request {
  const lines = new Headers();
  for (const [name, values] of headers) {
    for (const value of values) lines.append(name, value);
  }
  const stream = body.left > 0 ? body.stream : undefined;
  return new Request(url, { method, headers: lines, ...(stream && { body: stream }) });
}
