/**
 * An HTTP server that sees exactly the bytes that are sent to it and answers exactly the bytes it is told to, for
 * tests of how Midge asks. Use `await using`. Invariant: after disposal no connection is left.
 */
import { within } from "./raw_client.ts";
import { writeAll } from "../../lib/io.ts";

/** What to do about a request: bytes or text to send; `hang`: nothing; `close`: end the connection. */
export type RawAnswer = string | Uint8Array | typeof HANG | typeof CLOSE | RawAnswer[];

/** Say nothing (any more), but keep the connection. */
export const HANG: unique symbol = Symbol("hang");
/** End the connection. */
export const CLOSE: unique symbol = Symbol("close");

const LATIN1 = new TextDecoder("latin1");

/** A response with a body, as text. */
export function response(status: number, body = "", headers: readonly string[] = []): string {
  const lines = [`HTTP/1.1 ${status} Whatever`, `content-length: ${body.length}`, ...headers];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

/** The server. */
export class RawHttpServer implements AsyncDisposable {
  readonly requests: string[] = [];
  /** Connections accepted so far. */
  connections = 0;
  readonly #listener: Deno.Listener;
  readonly #answer: (request: string, index: number) => RawAnswer | Promise<RawAnswer>;
  readonly #open = new Set<Deno.Conn>();
  readonly #tasks: Promise<void>[] = [];
  #wake = Promise.withResolvers<void>();

  /**
   * @param answer Says what to answer to a request (Latin-1 text, head and body); `index` counts requests.
   * @param tls Certificate and key: the server then speaks TLS.
   */
  constructor(
    answer: (request: string, index: number) => RawAnswer | Promise<RawAnswer>,
    tls?: { cert: string; key: string },
  ) {
    const address = { hostname: "127.0.0.1", port: 0 };
    this.#listener = tls ? Deno.listenTls({ ...address, ...tls }) : Deno.listen(address);
    this.#answer = answer;
    this.#tasks.push(this.#accept());
  }

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  /** Connections that are open now. */
  get openConnections(): number {
    return this.#open.size;
  }

  url(path: string, scheme = "http"): string {
    return `${scheme}://127.0.0.1:${this.port}${path}`;
  }

  /** Sends this over every open connection, without having been asked. */
  async say(text: string): Promise<void> {
    for (const connection of this.#open) await send(connection, text);
  }

  /** Waits until so many requests have come. */
  requestCount(count: number): Promise<void> {
    return this.#until(() => this.requests.length >= count, `${count} requests`);
  }

  /** Waits until every connection has been closed. */
  allClosed(): Promise<void> {
    return this.#until(() => this.#open.size === 0, "connections closed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) close(connection);
    await Promise.all(this.#tasks);
  }

  async #until(isTrue: () => boolean, what: string): Promise<void> {
    while (!isTrue()) await within(this.#wake.promise, what);
  }

  #changed(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }

  async #accept(): Promise<void> {
    for (;;) {
      let connection: Deno.Conn;
      try {
        connection = await this.#listener.accept();
      } catch {
        return; // disposed
      }
      this.connections++;
      this.#open.add(connection);
      this.#tasks.push(this.#serve(connection));
    }
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    let text = "";
    try {
      for (;;) {
        const count = await connection.read(buffer);
        if (count === null) break;
        text += LATIN1.decode(buffer.subarray(0, count));
        for (let end = requestEnd(text); end > 0; end = requestEnd(text)) {
          const request = text.slice(0, end);
          text = text.slice(end);
          this.requests.push(request);
          this.#changed();
          await send(connection, await this.#answer(request, this.requests.length - 1));
        }
      }
    } catch {
      // the client has gone, the test is over, or `close` was the answer
    }
    close(connection);
    this.#open.delete(connection);
    this.#changed();
  }
}

/** Length of the first whole request; 0 when there is none. */
function requestEnd(text: string): number {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return 0;
  const [, length = "0"] = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head)) ?? [];
  const end = head + 4 + Number(length);
  return text.length >= end ? end : 0;
}

async function send(connection: Deno.Conn, answer: RawAnswer): Promise<void> {
  if (Array.isArray(answer)) {
    for (const part of answer) await send(connection, part);
    return;
  }
  if (answer === HANG) return;
  if (answer === CLOSE) return close(connection);
  const bytes = answer instanceof Uint8Array ? answer : new TextEncoder().encode(answer as string);
  await writeAll(connection, bytes);
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // closed already
  }
}
