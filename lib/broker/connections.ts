/**
 * Every open connection of a broker: handshakes of transports under way, and clients, let in or not. Invariants: both
 * count against the limits of all connections and of their listener; a connection over a limit is still answered
 * (CONNACK 3) while few are, and closed at once when many are, or when an answer would cost a handshake; what takes
 * longer than connect_timeout to say CONNECT is closed.
 */
import type { Arrived, Incoming } from "../net/listen/listener.ts";
import type { CertificateNames } from "../config/types.ts";
import { hasLeft } from "../net/listen/peer_left.ts";
import { messageOf } from "../user_error.ts";
import { type CodedReason, ReasonCode } from "../wire/codes.ts";
import { type Arrival, Client } from "./client.ts";
import { type ListenerInfo, nameOf } from "./client_info.ts";
import type { Core } from "./core.ts";

/** How many connections over the limit get an answer. */
const ANSWERED_SURPLUS = 64;

const FULL: CodedReason = { code: ReasonCode.SERVER_BUSY, text: "max_connections is reached" };
const NO_MEMORY: CodedReason = {
  code: ReasonCode.SERVER_BUSY,
  text: "max_memory is nearly reached",
};

/** Where connections come in, with how many it has open. */
export interface Door extends ListenerInfo {
  /** Infinity: no limit. It follows the configuration. */
  maxConnections: number;
  connections: number;
  /** What a client's certificate names; undefined: nothing. It follows the configuration. */
  certificateNames?: CertificateNames | undefined;
}

/** A connection whose bytes cannot be read yet. */
interface Handshake {
  readonly incoming: Incoming;
  readonly door: Door;
  readonly since: number;
  /** Closed by the broker, which has said why. */
  isOver: boolean;
}

/** All connections of one core. */
export class Connections {
  readonly #core: Core;
  readonly #clients = new Set<Client>();
  readonly #handshakes = new Set<Handshake>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** Clients and handshakes. */
  get size(): number {
    return this.#clients.size + this.#handshakes.size;
  }

  /** Every connection that can be read, let in or not. */
  get clients(): Iterable<Client> {
    return this.#clients;
  }

  /** Takes a connection in; resolves when it is over. Never rejects. */
  accept(incoming: Incoming, door: Door): Promise<void> {
    const { maxConnections } = this.#core.config.limits;
    const surplus = Math.max(
      this.size + 1 - maxConnections,
      door.connections + 1 - door.maxConnections,
    );
    const isAnswered = surplus <= (incoming.handshake === undefined ? ANSWERED_SURPLUS : 0);
    if (!isAnswered || this.#core.isStopping) {
      incoming.handshake?.catch(() => {}); // it ends with the stream
      closeQuietly(incoming);
      return Promise.resolve();
    }
    door.connections++;
    const refusal = surplus > 0 ? FULL : this.#shortage;
    const { stream, peer, handshake } = incoming;
    const at = this.#core.clock.now();
    if (handshake === undefined) return this.#serve({ stream, peer, door, at, refusal });
    return this.#shakeHands({ incoming, door, since: at, isOver: false }, handshake);
  }

  /** The client's connection is over. */
  left(client: Client): void {
    if (this.#clients.delete(client)) client.door.connections--;
  }

  /** Ends handshakes that take too long. */
  sweep(now: number): void {
    const { connectTimeout } = this.#core.config.limits;
    for (const handshake of this.#handshakes) {
      const { incoming, door, since } = handshake;
      if (handshake.isOver || now - since <= connectTimeout) continue;
      const who = nameOf(incoming.peer, door);
      this.#core.logs.handshakes.info(`${who} is closed: no handshake in time (${door.name})`);
      end(handshake);
    }
  }

  /** Ends every handshake; resolves when every client has what waits for it, or a second has passed. */
  async close(reason: CodedReason): Promise<void> {
    for (const handshake of this.#handshakes) end(handshake);
    const closed = [...this.#clients].map(({ connection }) => connection.closeAfterFlush(reason));
    await Promise.all(closed);
  }

  get #shortage(): CodedReason | undefined {
    return this.#core.memory.refusesConnections ? NO_MEMORY : undefined;
  }

  #serve(arrival: Arrival): Promise<void> {
    const client = new Client(this.#core, arrival);
    this.#clients.add(client);
    return client.connection.run();
  }

  async #shakeHands(handshake: Handshake, done: Promise<Arrived>): Promise<void> {
    const { incoming, door, since } = handshake;
    this.#handshakes.add(handshake);
    let arrived: Arrived;
    try {
      arrived = await done;
      if (this.#core.isStopping) throw new Error("the broker stops");
    } catch (cause) {
      this.#sayFailed(handshake, cause);
      door.connections--;
      return closeQuietly(incoming);
    } finally {
      this.#handshakes.delete(handshake);
    }
    await this.#serve({ ...arrived, door, at: since, refusal: this.#shortage });
  }

  /** Nothing where the peer went away by itself, or where it was said before. */
  #sayFailed({ incoming, door, isOver }: Handshake, cause: unknown): void {
    const { logger, logs, isStopping } = this.#core;
    const line = `${nameOf(incoming.peer, door)} closed: handshake failed: ${messageOf(cause)}`;
    if (isOver || isStopping || hasLeft(cause)) logger.debug(line);
    else logs.handshakes.info(`${line} (${door.name})`);
  }
}

function end(handshake: Handshake): void {
  handshake.isOver = true;
  closeQuietly(handshake.incoming);
}

function closeQuietly({ stream }: Incoming): void {
  try {
    stream.close();
  } catch {
    // closed already, by the peer or by a sweep
  }
}
