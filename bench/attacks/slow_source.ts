/**
 * An HTTP server that decides about logins and rights, as the source of a broker under attack. Invariant: it answers
 * every question after the same time; who has the password {@link RIGHT}, or no username, comes in.
 */

import { delay } from "../../lib/cli/load/run.ts";

/** The one password that is right. */
export const RIGHT = "the-right-one";

const NAME = /(?:^|&)username=([^&]*)/;
const PASSWORD = /(?:^|&)password=([^&]*)/;

/** A source on a port of its own. */
export class SlowSource {
  /** Logins with a wrong password that it was asked about. */
  wrong = 0;
  readonly #port = freePort();
  readonly #milliseconds: number;

  /** @param milliseconds how long each answer takes */
  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  /** YAML for a broker that asks it. */
  get yaml(): string {
    const request = (path: string, params: string) =>
      `{ url: "http://127.0.0.1:${this.#port}/${path}", method: post, params: "${params}" }`;
    return `plugins:
  http:
    auth_req: ${request("login", "clientid=%c,username=%u,password=%P")}
    acl_req: ${request("right", "clientid=%c,topic=%t")}
`;
  }

  /** Answers until it is disposed of. */
  start(): AsyncDisposable {
    const options = { hostname: "127.0.0.1", port: this.#port, onListen() {} };
    const server = Deno.serve(options, (request) => this.#answer(request));
    return { [Symbol.asyncDispose]: () => server.shutdown() };
  }

  async #answer(request: Request): Promise<Response> {
    // A broker whose client has left hangs up.
    const body = await request.text().catch(() => "");
    await delay(this.#milliseconds);
    const isRight = request.url.endsWith("/right") || NAME.exec(body)?.[1] === "" ||
      PASSWORD.exec(body)?.[1] === RIGHT;
    if (!isRight) this.wrong++;
    return new Response(null, { status: isRight ? 200 : 401 });
  }
}

/** A port that was free a moment ago. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
