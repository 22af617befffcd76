/**
 * Every open connection of a broker: handshakes of transports under way, and clients, let in or not. Invariants: both
 * count against the limits of all connections and of their listener; a connection over a limit is still answered
 * (CONNACK 3) while few are, and closed at once when many are, or when an answer would cost a handshake; who is banned,
 * or over the limits of an address, is closed as soon as the address is known; what takes longer than connect_timeout
 * to say CONNECT is closed.
 */
import type { Arrived, Incoming } from "../net/listen/listener.ts";
import type { CertificateNames } from "../config/types.ts";
import { hasLeft } from "../net/listen/peer_left.ts";
import { messageOf } from "../user_error.ts";
import { type Ban, banReason, type BanSubject, isFor } from "../bans/ban.ts";
import type { ListenerLimits } from "../config/listener_limits.ts";
import type { ByteStream, Peer } from "../net/stream.ts";
import type { PeerOptions } from "../plugin/types.ts";
import { type CloseReason, type CodedReason, ReasonCode, reasonName } from "../wire/codes.ts";
import type { AddressLimits } from "./address_limits.ts";
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

const NO_HANDSHAKE: CloseReason = { code: undefined, text: "no handshake in time" };
const NO_LONGER_PROVEN: CodedReason = {
  code: ReasonCode.ADMINISTRATIVE_ACTION,
  text: "the login that it came by has ended",
};

/** What is known of a client where it came in. */
type Proof = Pick<PeerOptions, "user" | "until">;

/** Where connections come in, with how many it has open. */
export interface Door extends ListenerInfo {
  /** Infinity: no limit. It follows the configuration. */
  maxConnections: number;
  connections: number;
  /** What a client's certificate names; undefined: nothing. It follows the configuration. */
  certificateNames?: CertificateNames | undefined;
  /** Of each client; undefined: none. They follow the configuration, for clients that come from then on. */
  limits?: ListenerLimits | undefined;
  /** Of each address; undefined: none. */
  readonly addresses?: AddressLimits | undefined;
  /** May someone else stand behind this address? Then the peer is known after the handshake. */
  isProxy?(address: string): boolean;
}

/** A connection whose bytes cannot be read yet. */
interface Handshake {
  readonly incoming: Incoming;
  readonly door: Door;
  readonly since: number;
  /** Closed by the broker, which has said why. */
  isOver: boolean;
  /** The address by which it has entered; undefined: it is not known yet who comes. */
  readonly address: string | undefined;
}

/** All connections of one core. */
export class Connections {
  readonly #core: Core;
  readonly #clients = new Set<Client>();
  readonly #handshakes = new Set<Handshake>();

  /** How many came, those that were turned away too, and how many of these said CONNECT. */
  opened = 0;
  introduced = 0;

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

  /**
   * Takes a connection in; resolves when it is over. Never rejects.
   * @param proof who it is, proven where it came in, and until when; only of one without a handshake
   */
  accept(incoming: Incoming, door: Door, proof: Proof = {}): Promise<void> {
    this.opened++;
    const { maxConnections } = this.#core.config.limits;
    const surplus = Math.max(
      this.size + 1 - maxConnections,
      door.connections + 1 - door.maxConnections,
    );
    const isAnswered = surplus <= (incoming.handshake === undefined ? ANSWERED_SURPLUS : 0);
    if (!isAnswered || this.#core.isStopping) {
      if (!isAnswered) noteRefused(this.#core, incoming.peer, FULL);
      incoming.handshake?.catch(() => {}); // it ends with the stream
      closeQuietly(incoming);
      return Promise.resolve();
    }
    const { stream, peer, handshake } = incoming;
    const isKnown = handshake === undefined || door.isProxy?.(peer.address) !== true;
    if (isKnown && this.#isTurnedAway(peer, door)) {
      handshake?.catch(() => {});
      closeQuietly(incoming);
      return Promise.resolve();
    }
    door.connections++;
    const refusal = surplus > 0 ? FULL : this.#shortage;
    const at = this.#core.clock.now();
    if (handshake === undefined) {
      return this.#serve({ stream, peer, door, at, refusal, user: proof.user }, proof.until);
    }
    const address = isKnown ? peer.address : undefined;
    return this.#shakeHands({ incoming, door, since: at, address, isOver: false }, handshake);
  }

  /** The client's connection is over. */
  left(client: Client): void {
    if (this.#clients.delete(client)) leave(client.door, client.info.address);
  }

  /**
   * Whom a ban hits goes.
   * @param added the new one; undefined: all are looked at
   * @returns how many
   */
  closeBanned(added?: Ban): number {
    const { bans, clock } = this.#core;
    const now = clock.epoch();
    const banOf = (subject: BanSubject) =>
      added === undefined || isFor(added, subject) ? bans.ofClient(subject, now) : undefined;
    const hit: (() => void)[] = [];
    for (const { info, connection } of this.#clients) {
      const ban = banOf(info);
      if (ban !== undefined) hit.push(() => connection.close(banReason(ban)));
    }
    for (const handshake of this.#handshakes) {
      const { address } = handshake;
      if (address === undefined) continue;
      const ban = banOf({ clientId: "", username: undefined, address });
      if (ban === undefined) continue;
      hit.push(() => {
        noteRefused(this.#core, handshake.incoming.peer, banReason(ban));
        end(handshake);
      });
    }
    for (const close of hit) close();
    return hit.length;
  }

  /** Ends handshakes that take too long, at most that many. True: there are more of them. */
  sweep(now: number, most: number): boolean {
    const { connectTimeout } = this.#core.config.limits;
    for (const handshake of this.#handshakes) {
      const { incoming, door, since } = handshake;
      if (handshake.isOver || now - since <= connectTimeout) continue;
      if (most-- === 0) return true;
      const who = nameOf(incoming.peer, door);
      this.#core.logs.handshakes.info(`${who} is closed: no handshake in time (${door.name})`);
      noteRefused(this.#core, incoming.peer, NO_HANDSHAKE);
      end(handshake);
    }
    return false;
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

  /** May this address not come in? If it may, it has entered. What it is told costs no handshake: nothing. */
  #isTurnedAway(peer: Peer, { name, addresses }: Door): boolean {
    const { address } = peer;
    const { bans, clock, logs, refusals } = this.#core;
    const ban = bans.ofAddress(address, clock.epoch());
    const refusal = ban === undefined
      ? addresses?.enter(address, clock.now())
      : { ...banReason(ban), isNews: true };
    if (refusal === undefined) return false;
    const { code, text, isNews } = refusal;
    refusals.add(reasonName(code));
    noteRefused(this.#core, peer, refusal);
    if (isNews) logs.refusals.info(`${address} is closed: ${text} (${name})`);
    return true;
  }

  /** Not async where that is not needed: what waits for as long as the connection lasts is a third of a KiB. */
  #serve(arrival: Arrival, until?: AbortSignal): Promise<void> {
    const client = new Client(this.#core, arrival);
    this.#clients.add(client);
    const running = client.connection.run();
    if (until === undefined) return running;
    const end = () => client.connection.close(NO_LONGER_PROVEN);
    until.addEventListener("abort", end);
    if (until.aborted) end();
    return running.then(() => until.removeEventListener("abort", end));
  }

  async #shakeHands(handshake: Handshake, done: Promise<Arrived>): Promise<void> {
    const { incoming, door, since, address: entered } = handshake;
    this.#handshakes.add(handshake);
    let arrived: Arrived;
    try {
      arrived = await done;
      if (this.#core.isStopping) throw new Error("the broker stops");
    } catch (cause) {
      this.#sayFailed(handshake, cause);
      leave(door, entered);
      return closeQuietly(incoming);
    } finally {
      this.#handshakes.delete(handshake);
    }
    if (entered !== arrived.peer.address) {
      if (entered !== undefined) door.addresses?.left(entered);
      if (this.#isTurnedAway(arrived.peer, door)) {
        leave(door, undefined);
        return closeQuietly(arrived);
      }
    }
    await this.#serve({ ...arrived, door, at: since, refusal: this.#shortage });
  }

  /** Nothing where the peer went away by itself, or where it was said before. */
  #sayFailed({ incoming, door, isOver }: Handshake, cause: unknown): void {
    const { logger, logs, isStopping } = this.#core;
    const line = `${nameOf(incoming.peer, door)} closed: handshake failed: ${messageOf(cause)}`;
    if (isOver || isStopping || hasLeft(cause)) logger.debug(line);
    else {
      logs.handshakes.info(`${line} (${door.name})`);
      const text = `handshake failed: ${messageOf(cause)} (${door.name})`;
      noteRefused(this.#core, incoming.peer, { code: undefined, text });
    }
  }
}

/** Of a connection of which an address is known, at most. */
function noteRefused(core: Core, { address }: Peer, { code, text: reason }: CloseReason): void {
  const who = { clientId: "", username: undefined, address };
  const [kind, action, topic, rule] = ["refused", "connect", null, ""] as const;
  core.incidents.note(who, { kind, action, topic, code, reason, rule });
}

function end(handshake: Handshake): void {
  handshake.isOver = true;
  closeQuietly(handshake.incoming);
}

/** A connection is over that has entered by this address; undefined: by none. */
function leave(door: Door, address: string | undefined): void {
  door.connections--;
  if (address !== undefined) door.addresses?.left(address);
}

function closeQuietly({ stream }: { readonly stream: ByteStream }): void {
  try {
    stream.close();
  } catch {
    // closed already, by the peer or by a sweep
  }
}
