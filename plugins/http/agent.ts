/**
 * An HTTP/1.1 client that keeps connections open: just what asking a server for decisions needs. Neither
 * fetch nor node:https would do (ARCHITECTURE.md, "Decisions, and why"). Invariants: a connection carries
 * one request at a time and is kept only behind a whole response, and while its server says nothing; an attempt
 * ends within its time-out, and then nothing of it stays open.
 */
import { type ByteStream, Deadline, SourceError, type TlsMaterial } from "../../sources.ts";
import { dial } from "./dial.ts";
import { HttpConnection, StaleConnectionError } from "./connection.ts";
import { type HttpRequest, nameOf } from "./request.ts";
import type { HttpResponse } from "./response.ts";
import { type Clock, messageOf } from "../../plugin.ts";

/** An idle connection is closed after that many milliseconds. */
const IDLE_MS = 30_000;
const SWEEP_MS = 10_000;

/** Times in milliseconds. */
export interface HttpAgentOptions {
  /** For one request, its connection included. */
  readonly timeout: number;
  /** For a connection, its TLS handshake included. */
  readonly connectTimeout: number;
  readonly tls: TlsMaterial;
}

interface IdleConnection {
  readonly connection: HttpConnection;
  readonly since: number;
}

/** Sends requests and keeps their connections for the next ones. */
export class HttpAgent {
  readonly #clock: Clock;
  #options: HttpAgentOptions;
  /** By origin; of those that can be used at once the last used is the first to be used again. */
  readonly #idle = new Map<string, IdleConnection[]>();
  readonly #stopSweep: () => void;
  #isClosed = false;

  constructor(clock: Clock, options: HttpAgentOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#stopSweep = clock.every(SWEEP_MS, () => this.#closeIdle(IDLE_MS));
  }

  /**
   * Sends a request. On a connection whose server has gone meanwhile it is sent again on a new one: it must be
   * a question, something that may be asked twice.
   * @throws {SourceError}
   */
  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    using deadline = new Deadline(this.#clock, this.#options.timeout, "no answer", [signal]);
    try {
      return await this.#send(request, deadline.signal);
    } catch (cause) {
      signal.throwIfAborted();
      const error = deadline.signal.aborted ? deadline.signal.reason : cause;
      const isTransport = !(error instanceof SourceError) || error.isTransport;
      throw new SourceError(`${nameOf(request)}: ${messageOf(error)}`, { cause, isTransport });
    }
  }

  /** From now on connections are made with these certificates. */
  useTls(tls: TlsMaterial): void {
    this.#options = { ...this.#options, tls };
    this.#closeIdle(0);
  }

  /** Closes what is idle; what is under way is closed at its end. */
  close(): void {
    this.#isClosed = true;
    this.#stopSweep();
    this.#closeIdle(0);
  }

  async #send(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const kept = this.#takeIdle(request.url.origin);
    if (kept !== undefined) {
      try {
        return await this.#exchange(kept, request, signal);
      } catch (error) {
        if (!(error instanceof StaleConnectionError) || signal.aborted) throw error;
      }
    }
    const stream = await this.#open(request.url, signal);
    return await this.#exchange(new HttpConnection(stream), request, signal);
  }

  async #open(url: URL, signal: AbortSignal): Promise<ByteStream> {
    const { connectTimeout, tls } = this.#options;
    using deadline = new Deadline(this.#clock, connectTimeout, "no connection", [signal]);
    return await dial(url, tls, deadline.signal);
  }

  async #exchange(
    connection: HttpConnection,
    request: HttpRequest,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    const response = await connection.exchange(request, signal);
    if (response.keepAlive && !this.#isClosed) this.#keep(request.url.origin, connection);
    else connection.close();
    return response;
  }

  #keep(origin: string, connection: HttpConnection): void {
    const idle = this.#idle.get(origin) ?? [];
    idle.push({ connection, since: this.#clock.now() });
    this.#idle.set(origin, idle);
    connection.watchIdle(() => this.#forget(origin, connection));
  }

  #forget(origin: string, connection: HttpConnection): void {
    const idle = this.#idle.get(origin)?.filter((one) => one.connection !== connection) ?? [];
    if (idle.length === 0) this.#idle.delete(origin);
    else this.#idle.set(origin, idle);
  }

  #takeIdle(origin: string): HttpConnection | undefined {
    const idle = this.#idle.get(origin) ?? [];
    const quiet = idle.findLastIndex(({ connection }) => connection.isQuiet);
    return idle.splice(Math.max(quiet, 0), 1)[0]?.connection;
  }

  #closeIdle(age: number): void {
    const now = this.#clock.now();
    for (const [origin, connections] of this.#idle) {
      const isOld = ({ since }: IdleConnection) => Math.abs(now - since) >= age;
      for (const { connection } of connections.filter(isOld)) connection.close();
      const young = connections.filter((one) => !isOld(one));
      if (young.length === 0) this.#idle.delete(origin);
      else this.#idle.set(origin, young);
    }
  }
}
