/**
 * An authority that does what no real one does on request, over plain HTTP. Invariant: it answers as RFC 8555 says but for
 * what a test has put in its place.
 */
type Route =
  | "dir"
  | "nonce"
  | "account"
  | "order"
  | "order-state"
  | "authorization"
  | "challenge"
  | "finalize"
  | "certificate";

/** What a test puts in place of an answer; undefined: the usual one. */
export type Instead = (route: Route) => Response | Promise<Response> | undefined;

/** A running one. */
export class FakeAuthority implements AsyncDisposable {
  /** Routes in the order in which they were asked. */
  readonly asked: Route[] = [];
  instead: Instead = () => undefined;
  readonly #controller = new AbortController();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(instead?: Instead) {
    if (instead !== undefined) this.instead = instead;
    const { signal } = this.#controller;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, signal, onListen: () => {} },
      async (request) => {
        await request.text();
        return await this.#answer(new URL(request.url).pathname.slice(1) as Route);
      },
    );
  }

  /** URL of its directory. */
  get directory(): string {
    return this.url("dir");
  }

  url(route: Route): string {
    return `http://127.0.0.1:${this.#server.addr.port}/${route}`;
  }

  /** How often a route was asked. */
  count(route: Route): number {
    return this.asked.filter((one) => one === route).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#controller.abort();
    await this.#server.finished;
  }

  async #answer(route: Route): Promise<Response> {
    this.asked.push(route);
    return await this.instead(route) ??
      json(this.#usual(route), { location: this.url("order-state") });
  }

  #usual(route: Route): unknown {
    const authorizations = [this.url("authorization")];
    const finalize = this.url("finalize");
    const certificate = this.url("certificate");
    switch (route) {
      case "dir":
        return {
          newNonce: this.url("nonce"),
          newAccount: this.url("account"),
          newOrder: this.url("order"),
        };
      case "order":
        return { status: "pending", authorizations, finalize };
      case "order-state": {
        const status = this.asked.includes("finalize") ? "valid" : "ready";
        return { status, authorizations, finalize, certificate };
      }
      case "authorization": {
        const status = this.asked.includes("challenge") ? "valid" : "pending";
        const challenge = { type: "http-01", token: "token-1", url: this.url("challenge") };
        return { status, identifier: { type: "dns", value: "a.test" }, challenges: [challenge] };
      }
      default:
        return {};
    }
  }
}

/** An answer with a nonce. */
export function json(value: unknown, headers: Record<string, string> = {}, status = 200): Response {
  return Response.json(value, { status, headers: { "replay-nonce": "nonce", ...headers } });
}

/** A refusal. */
export function problem(
  kind: string,
  detail: string,
  headers: Record<string, string> = {},
): Response {
  return json({ type: `urn:ietf:params:acme:error:${kind}`, detail }, headers, 400);
}
