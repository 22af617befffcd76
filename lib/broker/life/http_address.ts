/**
 * One address where plugins serve HTTP. Invariants: new connections are the newest server's; where that ends, the one
 * before it has them again; the listener ends with the last. What a server needs to serve is loaded when the first
 * connection comes.
 */
import type { ListenerConfig } from "../../config/types.ts";
import type { HttpServices } from "../../http/connection.ts";
import type { HttpConnections } from "../../http/server.ts";
import type { Incoming, Listener, ShownCertificate } from "../../net/listen/listener.ts";
import { ListenerKeyError } from "../../net/listen/listener_error.ts";
import type { HttpServer } from "../../plugin/management.ts";
import { messageOf } from "../../user_error.ts";

/** What answers that are being made have where HTTP ends, milliseconds. */
const GRACE_MS = 500;
/** The same where another server goes on. */
const PATIENCE_MS = 30_000;

/** What a plugin serves. */
export interface Serving extends Pick<HttpServices, "handler" | "log" | "clock" | "accept"> {
  readonly config: ListenerConfig;
  readonly maxConnections: number;
  readonly maxBody: number;
}

/** Opens a listener. */
export type Open = (config: ListenerConfig) => Promise<Listener>;

/** A server at work. */
interface Server {
  readonly serving: Serving;
  connections: Promise<HttpConnections> | undefined;
  isOver: boolean;
}

/** An address with its servers. */
export class HttpAddress {
  readonly #open: Open;
  readonly #ended: () => void;
  readonly #servers: Server[] = [];
  /** Of servers that have ended, with answers that are still being made. */
  readonly #leaving: HttpConnections[] = [];
  #listener: Listener | undefined;
  #listened: ListenerConfig | undefined;
  #running: Promise<void> = Promise.resolve();
  #changing: Promise<unknown> = Promise.resolve();

  /** @param ended called when its last server has ended */
  constructor(open: Open, ended: () => void) {
    this.#open = open;
    this.#ended = ended;
  }

  /** Undefined: not open, or it shows none. */
  get certificates(): readonly ShownCertificate[] | undefined {
    return this.#listener?.certificates;
  }

  /** A server from now on; rejects with what is wrong with its address or files, and all is as before. */
  add(serving: Serving): Promise<HttpServer> {
    return this.#inTurn(async () => {
      await this.#listen(serving.config);
      const server = { serving, connections: undefined, isOver: false };
      this.#servers.push(server);
      return this.#faceOf(server);
    });
  }

  /** Reads its files again; a line for each problem (`KEY: FILE: WHAT`): what was there before holds then. */
  async update(): Promise<readonly string[]> {
    if (this.#listened === undefined) return [];
    return await this.#listener?.update?.(this.#listened) ?? [];
  }

  /** Ends all. */
  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => this.#remove(server)));
  }

  #faceOf(server: Server): HttpServer {
    const { address, port } = this.#listener!; // it listens
    const isSecure = server.serving.config.tls !== undefined;
    return {
      url: `http${isSecure ? "s" : ""}://${address}`,
      port,
      close: () => this.#remove(server),
    };
  }

  async #remove(server: Server): Promise<void> {
    if (server.isOver) return;
    server.isOver = true;
    await this.#inTurn(() => this.#fallBack(server));
    const connections = await server.connections;
    if (this.#servers.length === 0) {
      await Promise.all([
        connections?.close(GRACE_MS),
        ...this.#leaving.map((one) => one.close(0)),
      ]);
    } else if (connections !== undefined) this.#leaves(connections);
  }

  /** Its plugin is set up anew: what asked for that is answered, however long it takes. */
  #leaves(connections: HttpConnections): void {
    this.#leaving.push(connections);
    void connections.close(PATIENCE_MS).then(() => {
      this.#leaving.splice(this.#leaving.indexOf(connections), 1);
    });
  }

  async #fallBack(server: Server): Promise<void> {
    this.#servers.splice(this.#servers.indexOf(server), 1);
    const newest = this.#servers.at(-1)?.serving;
    if (newest === undefined) {
      await this.#stopListening();
      return this.#ended();
    }
    await this.#listen(newest.config).catch((cause) =>
      newest.log.error(`HTTP is no longer served: ${messageOf(cause)}`)
    );
  }

  /** Has the listener follow a configuration; opens it where there is none, or another transport is wanted. */
  async #listen(config: ListenerConfig): Promise<void> {
    const before = this.#listened;
    if (this.#listener !== undefined && before?.transport === config.transport) {
      const problems = await this.#listener.update?.(config) ?? [];
      if (problems.length > 0) throw new ListenerKeyError(problems);
      this.#listened = config;
      return;
    }
    await this.#stopListening();
    try {
      this.#run(await this.#open(config), config);
    } catch (cause) {
      if (before !== undefined) this.#run(await this.#open(before), before);
      throw cause;
    }
  }

  async #stopListening(): Promise<void> {
    this.#listener?.close();
    await this.#running;
    this.#listener = this.#listened = undefined;
  }

  #run(listener: Listener, config: ListenerConfig): void {
    this.#listener = listener;
    this.#listened = config;
    this.#running = listener.run(
      (incoming) => this.#accept(incoming),
      (cause) => this.#servers.at(-1)?.serving.log.error(`cannot accept: ${messageOf(cause)}`),
    );
  }

  #accept(incoming: Incoming): void {
    const server = this.#servers.at(-1);
    if (server === undefined) {
      incoming.handshake?.catch(() => {}); // it ends with the stream
      return incoming.stream.close();
    }
    server.connections ??= connectionsFor(server.serving, this.#listener!.address);
    void server.connections.then((connections) => connections.accept(incoming));
  }

  /** What changes the listener does not overlap. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(change);
    this.#changing = done.catch(() => {}); // the caller hears of it
    return done;
  }
}

async function connectionsFor(serving: Serving, authority: string): Promise<HttpConnections> {
  const { HttpConnections }: typeof import("../../http/server.ts") = await import(
    new URL("../../http/server.ts", import.meta.url).href
  );
  const { config, maxConnections, maxBody } = serving;
  const rules = { isSecure: config.tls !== undefined, authority, maxBody };
  return new HttpConnections({ ...serving, rules }, maxConnections);
}
