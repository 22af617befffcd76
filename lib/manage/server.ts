/**
 * Serves management requests on an open endpoint. Invariants: few connections at a time, each with one request under
 * way; a peer that says nothing, or takes nothing, for IDLE_MS is closed, but while it is sent events it need say
 * nothing; without the token nothing is done; nothing that a peer sends or stops sending disturbs the broker.
 */
import type { Clock } from "../clock.ts";
import { equalText } from "../equal.ts";
import { AcceptLoop } from "../net/listen/accept_loop.ts";
import type { Logger } from "../plugin/types.ts";
import type { ManagementConfig } from "../config/types.ts";
import { type Endpoint, openEndpoint } from "./endpoint.ts";
import { inSteps } from "./steps.ts";
import { areEvents, type Events, sendEvents } from "./events.ts";
import { LineReader } from "./lines.ts";
import { Peer } from "./peer.ts";
import {
  type Answer,
  encodeLine,
  MAX_REQUEST,
  NoJsonError,
  parseRequest,
  type Request,
  RequestError,
} from "./protocol.ts";
import { messageOf } from "../user_error.ts";
import { writeAll } from "../io.ts";

const MAX_CONNECTIONS = 16;
const IDLE_MS = 10_000;

/**
 * Does a command. A result that is an iterator is a listing: each of its values becomes a part of the answer. One that
 * is an async iterator is a stream of events, the last request of its connection.
 * @throws RequestError for what people should read
 */
export type CommandRunner = (command: string, args: unknown) => unknown;

/** What a server needs of its broker. */
export interface ServerOptions {
  readonly logger: Logger;
  /** Loads what does the commands; called at the first connection. */
  loadRunner(): Promise<CommandRunner>;
  readonly clock: Pick<Clock, "after">;
}

/** Accepts and answers until closed. */
export class ManagementServer {
  readonly #endpoint: Endpoint;
  readonly #options: ServerOptions;
  readonly #peers = new Set<Peer>();
  readonly #serving = new Set<Promise<void>>();
  readonly #loop: AcceptLoop<Deno.Conn>;
  readonly #accepting: Promise<void>;
  #runner: Promise<CommandRunner> | undefined;
  #isClosed = false;

  private constructor(endpoint: Endpoint, options: ServerOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#loop = new AcceptLoop(endpoint.listener);
    this.#accepting = this.#loop.run(
      (connection) => this.#serve(new Peer(connection)),
      (cause) => options.logger.warn(`management cannot accept: ${messageOf(cause)}`),
    );
  }

  /**
   * Opens the endpoint and serves it.
   * @throws UserError when another process has it; any other error where it cannot be made here
   */
  static async open(config: ManagementConfig, options: ServerOptions): Promise<ManagementServer> {
    return new ManagementServer(await openEndpoint(config), options);
  }

  /** For people: the path, or the address. */
  get where(): string {
    return this.#endpoint.where;
  }

  /** Closes every connection and removes the socket file. */
  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#loop.stop();
      this.#endpoint.close();
      for (const peer of this.#peers) peer.close();
    }
    await this.#accepting;
    await Promise.all(this.#serving);
  }

  #serve(peer: Peer): void {
    if (this.#isClosed || this.#peers.size >= MAX_CONNECTIONS) return peer.close();
    this.#peers.add(peer);
    const served = this.#answerAll(peer)
      // The peer has gone, or was silent for too long: there is no one to tell.
      .catch((error) => this.#options.logger.debug(`management: ${messageOf(error)}`))
      .finally(() => {
        this.#peers.delete(peer);
        this.#serving.delete(served);
        peer.close();
      });
    this.#serving.add(served);
  }

  async #answerAll(peer: Peer): Promise<void> {
    const lines = new LineReader(peer.connection, MAX_REQUEST);
    while (true) {
      try {
        const line = await this.#inTime(peer, lines.next());
        if (line === undefined) return;
        if (!await this.#answer(peer, line, lines)) return;
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        await this.#send(peer, { id: null, ok: false, error: error.message });
        return;
      }
    }
  }

  /** Answers one request; false when the peer is to be sent away. */
  async #answer(peer: Peer, line: string, lines: LineReader): Promise<boolean> {
    let id: number | null = null;
    try {
      const request = parseRequest(line);
      id = request.id;
      if (!this.#isAuthorized(request.token)) {
        await this.#send(peer, { id, ok: false, error: "the token is missing or wrong" });
        return false;
      }
      const result = await this.#run(request);
      if (areEvents(result)) return await this.#follow(peer, request, result, lines);
      await this.#sendResult(peer, request.id, result);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      await this.#send(peer, { id: id ?? error.id, ok: false, error: error.message });
      return !(error instanceof NoJsonError);
    }
    return true;
  }

  async #run({ command, args }: Request): Promise<unknown> {
    return await this.#reported(command, async () => {
      this.#runner ??= this.#options.loadRunner();
      return await (await this.#runner)(command, args);
    });
  }

  async #reported<T>(command: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof RequestError) throw cause;
      this.#options.logger.error(`management: ${command} failed: ${messageOf(cause)}`);
      throw new RequestError(`${command} failed: ${messageOf(cause)}`, null, { cause });
    }
  }

  /** Sends events until there are no more, or the peer has enough; then it is to be sent away. */
  async #follow(
    peer: Peer,
    { id, command }: Request,
    events: Events,
    lines: LineReader,
  ): Promise<false> {
    const heard = peer.orEnded(lines.next());
    const send = (answer: Answer) => this.#send(peer, answer);
    const reported = <T>(work: () => Promise<T>) => this.#reported(command, work);
    await sendEvents(events, { id, clock: this.#options.clock, heard, send, reported });
    await send({ id, ok: true, result: null });
    return false;
  }

  async #sendResult(peer: Peer, id: number, result: unknown): Promise<void> {
    if (!isIterator(result)) return await this.#send(peer, { id, ok: true, result });
    await inSteps(result, (part) => this.#send(peer, { id, part }));
    await this.#send(peer, { id, ok: true, result: null });
  }

  #send(peer: Peer, answer: Answer): Promise<void> {
    return this.#inTime(peer, writeAll(peer.connection, encodeLine(answer)));
  }

  /** What the peer does must be done within IDLE_MS; closing the connection ends the wait. */
  #inTime<T>(peer: Peer, waiting: Promise<T>): Promise<T> {
    const cancel = this.#options.clock.after(IDLE_MS, () => peer.close());
    return peer.orEnded(waiting).finally(cancel);
  }

  #isAuthorized(token: string | undefined): boolean {
    const expected = this.#endpoint.token;
    return expected === undefined || equalText(token ?? "", expected);
  }
}

function isIterator(value: unknown): value is IterableIterator<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value && "next" in value;
}
