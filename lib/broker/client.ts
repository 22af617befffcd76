/**
 * One client of the broker: a connection with the identity, session and permissions of its client. Invariants: before
 * CONNECT nothing but CONNECT is handled [MQTT-3.1.0-1]; after its end nothing is; it is in one phase at a time, and
 * phases go forward only; the session is left alone unless it is still this client's.
 */
import { VerdictCache } from "../access/chain/verdict_cache.ts";
import { Connection, type FrameHandler } from "../net/connection.ts";
import type { Arrived } from "../net/listen/listener.ts";
import type { ReadLimiter } from "../net/read_limiter.ts";
import { AckQueue } from "../net/ack_queue.ts";
import type { ProvenUser } from "../plugin/management.ts";
import type { TopicEntry } from "../topic/topic_cache.ts";
import type { CloseReason, CodedReason } from "../wire/codes.ts";
import { decodePacket } from "../wire/codec.ts";
import { isPeerFault } from "../wire/errors.ts";
import { PacketType } from "../wire/packets.ts";
import { withoutDup } from "../wire/v3/differences.ts";
import { PublishFields } from "../wire/publish.ts";
import type { Authentication } from "./authentication.ts";
import { ClientInfo } from "./client_info.ts";
import type { Door } from "./connections.ts";
import type { Core } from "./core.ts";
import { handleLoginFrame } from "./packets/auth.ts";
import { handleConnect } from "./packets/connect.ts";
import { handlePacket } from "./packets/dispatch.ts";
import { handleEnd } from "./packets/end.ts";
import { lastWordFor } from "./packets/last_word.ts";
import { checkOpening } from "./packets/opening.ts";
import { PublisherV5 } from "./packets/publish_v5.ts";
import type { Route } from "./route.ts";
import type { BrokerSession } from "./sessions.ts";
import type { ClientWill } from "./wills.ts";

/**
 * Where a client is in its life: `opened`, waiting for CONNECT; `connecting`, its login is being decided;
 * `authenticating`, and that takes several packets; `resuming`, it has its session and no CONNACK yet;
 * `connected`, let in; `closed`.
 */
export type ClientPhase =
  | "opened"
  | "connecting"
  | "authenticating"
  | "resuming"
  | "connected"
  | "closed";

/** How a client came: what its listener knows. */
export interface Arrival extends Arrived {
  readonly door: Door;
  /** On the core's clock: when the connection was accepted, its transport's handshake not yet begun. */
  readonly at: number;
  /** Why its CONNECT will be refused whatever it says; undefined: it may come in. */
  readonly refusal: CodedReason | undefined;
  /** Who it is, proven where it came in. Absent: its CONNECT says, and sources judge. */
  readonly user?: ProvenUser | undefined;
}

/** What a client's last permitted publish was, so that the same again needs no question. */
export interface PublishPermit {
  entry: TopicEntry<Route>;
  /** The first byte of its PUBLISH, and the bits of it that the verdict depends on. */
  header: number;
  mask: number;
  rulesGeneration: number;
  /** On the monotonic clock. */
  until: number;
}

/** Who is refused anyway may say little, bytes: there may be many, and memory short. */
const REFUSED_CONNECT_SIZE = 4096;

/** A connection with its client and session. */
export class Client implements FrameHandler {
  readonly core: Core;
  readonly info: ClientInfo;
  readonly connection: Connection;
  /** Everything that promises state to the client leaves through here. */
  readonly acks: AckQueue;
  readonly door: Door;
  readonly refusal: CodedReason | undefined;
  /** Proven where it came in. */
  readonly user: ProvenUser | undefined;
  readonly connectedAt: number;
  phase: ClientPhase = "opened";
  /** What tells it why its connection ends: CONNACK until it is let in; nothing once it was told, or has said so itself. */
  hears: "connack" | "disconnect" | "nothing" = "connack";
  /** Undefined until the login has succeeded. */
  session: BrokerSession | undefined = undefined;
  will: ClientWill | undefined = undefined;
  /** Undefined: its CONNECT has no authentication method. */
  authentication: Authentication | undefined = undefined;
  lastTopic: TopicEntry<Route> | undefined = undefined;
  permit: PublishPermit | undefined = undefined;
  /** What the log has said of this client, and does not say again. */
  #said: Set<CloseReason> | undefined;
  #publishFields: PublishFields | undefined;
  /** Of a client of MQTT 5 that has published something with properties. */
  publisher: PublisherV5 | undefined = undefined;
  #aborter: AbortController | undefined;
  #verdicts: VerdictCache | undefined;
  #verdictsGeneration = 0;

  constructor(core: Core, arrival: Arrival) {
    this.core = core;
    this.info = new ClientInfo(arrival.peer, arrival.door);
    this.door = arrival.door;
    this.refusal = arrival.refusal;
    this.user = arrival.user;
    this.connectedAt = arrival.at;
    const { maxPacketSize, maxConnectSize, maxWriteBacklog } = core.config.limits;
    const largest = arrival.refusal === undefined ? maxConnectSize : REFUSED_CONNECT_SIZE;
    const first = { maxPacketSize: Math.min(maxPacketSize, largest), maxWriteBacklog };
    this.connection = new Connection(arrival, core.net, first, () => this);
    this.acks = new AckQueue(this.connection.outbound);
    this.observePackets();
  }

  /** Where PUBLISH's handler keeps what it has read; most clients only listen. */
  get publishFields(): PublishFields {
    return this.#publishFields ??= new PublishFields();
  }

  /** For the first PUBLISH with properties. */
  becomePublisher(): PublisherV5 {
    return this.publisher = new PublisherV5(this.core.config.limits.topicAliasMaximum);
  }

  /** Fires when the connection is over; made when it is first asked for. */
  get signal(): AbortSignal {
    this.#aborter ??= new AbortController();
    if (!this.connection.isOpen) this.#aborter.abort();
    return this.#aborter.signal;
  }

  /** Remembered verdicts; empty again after rules have changed. */
  get verdicts(): VerdictCache {
    const { rulesGeneration, config } = this.core;
    if (this.#verdicts === undefined || this.#verdictsGeneration !== rulesGeneration) {
      this.#verdicts = new VerdictCache(config.access.cache.maxSize, config.access.cache.ttl);
      this.#verdictsGeneration = rulesGeneration;
    }
    return this.#verdicts;
  }

  /** Whatever it wants is asked about anew. */
  forgetVerdicts(): void {
    this.#verdicts = undefined;
    this.permit = undefined;
  }

  /** True once for each reason: when the log should have a line about this client. */
  isNews(reason: CloseReason): boolean {
    const said = this.#said ??= new Set();
    return !said.has(reason) && said.add(reason).has(reason);
  }

  /** Is the connection open and the session still this client's? Asked after every wait. */
  get ownsSession(): boolean {
    return this.connection.isOpen && this.session?.connection === this;
  }

  handleFrame(): void | Promise<void> {
    if (this.info.protocolLevel === 3) {
      const { cursor } = this.connection.inbound;
      cursor.header = withoutDup(cursor.header);
    }
    if (this.core.observers.packetReceived !== undefined) this.#observeReceived();
    if (this.connection.limiter !== undefined) return this.#handleInTime(this.connection.limiter);
    if (this.phase === "connected") return handlePacket(this, this.session!);
    return this.phase === "authenticating" ? handleLoginFrame(this) : handleConnect(this);
  }

  /** The same of a client whose messages are limited: one too many is handled later. */
  #handleInTime(limiter: ReadLimiter): void | Promise<void> {
    const { connection, session } = this;
    const isPublish = connection.inbound.cursor.header >> 4 === PacketType.PUBLISH;
    const later = isPublish ? limiter.beforePublish(connection.readAt) : undefined;
    if (later === undefined) return handlePacket(this, session!);
    return later.then(() => this.ownsSession ? handlePacket(this, session!) : undefined);
  }

  /** What is no CONNECT is not waited for. */
  incomplete(header: number): void | Promise<never> {
    if (this.phase === "opened") return checkOpening(this, header);
  }

  drained(): void {
    if (this.ownsSession) this.session!.drain();
  }

  behind(): Promise<void> | undefined {
    return this.acks.whenShort();
  }

  lastWord(reason: CloseReason, error: Error | undefined): Uint8Array | undefined {
    return lastWordFor(this, reason, error);
  }

  ended(reason: CloseReason, error: Error | undefined): void {
    const { phase } = this;
    this.phase = "closed";
    this.acks.close();
    this.#aborter?.abort();
    handleEnd(this, { phase, reason, error });
  }

  /** Bytes that are no packet are not shown: what they deserve is up to their handler. Nor is what was read past. */
  #observeReceived(): void {
    const { inbound } = this.connection;
    if (inbound.skipped > 0) return;
    let packet;
    try {
      packet = decodePacket(inbound.bytes, inbound.cursor, this.info.protocolLevel);
    } catch (error) {
      if (isPeerFault(error)) return;
      throw error;
    }
    this.core.observers.packetReceived!({ clientId: this.session?.clientId, packet });
  }

  /** Shows what goes out to plugins that ask for it. Called again when plugins came or went. */
  observePackets(): void {
    const { observers } = this.core;
    this.connection.outbound.onPacket = observers.packetSent === undefined
      ? undefined
      : (packet) => {
        const clientId = this.info.clientId === "" ? undefined : this.info.clientId;
        this.core.observers.packetSent?.({ clientId, packet });
      };
  }
}
