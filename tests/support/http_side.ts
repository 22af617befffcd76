/** The client's end of connections to an HTTP server whose time stands still, without a network. */
import type { HttpServices } from "../../lib/http/connection.ts";
import { HttpConnections } from "../../lib/http/server.ts";
import type { ByteStream } from "../../lib/net/stream.ts";
import type { HttpHandler } from "../../lib/plugin/management.ts";
import type { PeerOptions } from "../../lib/plugin/types.ts";
import { FakeClock } from "./fake_clock.ts";
import { FakeStream } from "./fake_stream.ts";
import { turn, until } from "./until.ts";

/** What a server may be told otherwise. */
export interface HttpSideOptions {
  readonly most?: number;
  readonly maxBody?: number;
  readonly isSecure?: boolean;
}

/** A server in the hands of a test. */
export class HttpSide {
  readonly clock = new FakeClock();
  readonly log: string[] = [];
  readonly accepted: [stream: ByteStream, peer: PeerOptions][] = [];
  readonly connections: HttpConnections;

  constructor(handler: HttpHandler, options: HttpSideOptions = {}) {
    const { most = 100, maxBody = 1024, isSecure = false } = options;
    const services: HttpServices = {
      clock: this.clock,
      log: {
        debug: () => {},
        info: (line) => this.log.push(line),
        error: (line) => this.log.push(line),
      },
      rules: { isSecure, authority: "127.0.0.1:80", maxBody },
      handler,
      accept: (stream, peer) => {
        this.accepted.push([stream, peer]);
        return Promise.resolve();
      },
    };
    this.connections = new HttpConnections(services, most);
  }

  /** A new connection. */
  open(stream: FakeStream = new FakeStream(), address: string = "192.0.2.7"): HttpLine {
    this.connections.accept({ stream, peer: { address, port: 4711 } });
    return new HttpLine(stream);
  }

  /** What is answered to these bytes on a connection of their own, until it waits or has closed. */
  async answer(...parts: string[]): Promise<string> {
    const line = this.open();
    for (const part of parts) line.send(part);
    await line.settled();
    line.stream.end();
    await until(() => line.isClosed, "the end of the connection");
    return line.text;
  }
}

/** One connection. */
export class HttpLine {
  readonly stream: FakeStream;

  constructor(stream: FakeStream) {
    this.stream = stream;
  }

  /** Latin-1. */
  send(text: string): void {
    this.stream.give(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  }

  /** Everything that was answered, Latin-1, without Date. */
  get text(): string {
    const text = this.stream.written.map((byte) => String.fromCharCode(byte)).join("");
    return text.replaceAll(/date: [^\r]*\r\n/g, "");
  }

  get isClosed(): boolean {
    return this.stream.closeCount > 0;
  }

  /** Waits until nothing moves any more without the test. */
  async settled(): Promise<void> {
    for (let quiet = 0, seen = -1; quiet < 5; quiet++) {
      await turn();
      const now = this.stream.written.length;
      if (now !== seen) quiet = 0;
      seen = now;
    }
  }

  /** Waits until this was answered, in all. */
  async says(text: string): Promise<void> {
    await until(() => this.text.includes(text), `${JSON.stringify(text)} in ${this.text}`);
  }

  /** Waits for the end. */
  async closes(): Promise<void> {
    await until(() => this.isClosed, "the end of the connection");
  }
}

/** A GET of HTTP/1.1. */
export function get(path: string, ...headers: string[]): string {
  return request(`GET ${path} HTTP/1.1`, "Host: a", ...headers);
}

/** A head. */
export function request(...lines: string[]): string {
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** An answer of the tests' handlers, as it is sent. */
export function ok(body: string, ...headers: string[]): string {
  return [
    "HTTP/1.1 200 OK",
    "content-type: text/plain;charset=UTF-8",
    `content-length: ${body.length}`,
    ...headers,
    "",
    body,
  ].join("\r\n");
}
