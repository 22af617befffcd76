/**
 * One client of the broker: who it is, and which handler gets its next packet. Made for every accepted
 * connection. Invariants: before CONNECT nothing but CONNECT is handled [MQTT-3.1.0-1]; after its
 * end nothing is; the session is left alone unless it is still this client's.
 */
import type { ClientView } from "../plugin/types.ts";
import { VerdictCache } from "../access/chain/verdict_cache.ts";
import { Connection, type FrameHandler } from "../net/connection.ts";
import type { Accepted } from "../net/listen/tcp.ts";
import type { TopicEntry } from "../topic/topic_cache.ts";
import { MalformedPacketError, ProtocolError } from "../wire/errors.ts";
import type { ConnectPacket, ProtocolLevel, Will } from "../wire/packets.ts";
import { checkFirstHeader, handleConnect } from "./packets/connect.ts";
import type { Core } from "./core.ts";
import { handleEnd } from "./packets/end.ts";
import { handlePacket } from "./packets/dispatch.ts";
import type { Route } from "./route.ts";
import type { BrokerSession } from "./sessions.ts";
import { decodePacket } from "../wire/codec.ts";
import { PublishFields } from "../wire/publish.ts";

/** The listener a client came by. */
export interface ListenerInfo {
  readonly name: string;
  readonly type: string;
  /** How many connections it has open. */
  connections: number;
}

/** Who a client is, as plugins see it. Outlives the connection where the session does. */
export class ClientInfo implements ClientView {
  clientId = "";
  username: string | undefined = undefined;
  protocolLevel: ProtocolLevel = 4;
  cleanSession = true;
  keepAlive = 0;
  superuser = false;
  anonymous = false;
  readonly address: string;
  readonly port: number;
  readonly listener: string;
  readonly transport: string;
  #attributes: Map<string, unknown> | undefined;

  constructor(accepted: Accepted, listener: ListenerInfo) {
    this.address = accepted.address;
    this.port = accepted.port;
    this.listener = listener.name;
    this.transport = listener.type;
  }

  get attributes(): Map<string, unknown> {
    return this.#attributes ??= new Map();
  }

  /** Takes over what CONNECT says. */
  connectWith(packet: ConnectPacket): void {
    this.clientId = packet.clientId;
    this.username = packet.username;
    this.protocolLevel = packet.protocolLevel;
    this.cleanSession = packet.cleanSession;
    this.keepAlive = packet.keepAlive;
  }

  /** For the log. */
  toString(): string {
    const peer = this.port === 0 ? this.address : `${this.address}:${this.port}`;
    return this.clientId === "" ? peer : `${this.clientId} (${peer})`;
  }
}

/** What a client's last permitted publish was, so that the same again needs no question. */
export interface PublishPermit {
  entry: TopicEntry<Route>;
  header: number;
  rulesGeneration: number;
  /** On the monotonic clock. */
  until: number;
}

/** A connection with its client and session. */
export class Client implements FrameHandler {
  readonly core: Core;
  readonly info: ClientInfo;
  readonly connection: Connection;
  readonly listener: ListenerInfo;
  /** Undefined until CONNECT is accepted. */
  session: BrokerSession | undefined = undefined;
  will: Will | undefined = undefined;
  /** More connections are open than allowed: CONNECT is answered with a refusal. */
  readonly isSurplus: boolean;
  readonly connectedAt: number;
  isConnecting = false;
  /** CONNACK has let it in. */
  isWelcome = false;
  lastTopic: TopicEntry<Route> | undefined = undefined;
  permit: PublishPermit | undefined = undefined;
  #publishFields: PublishFields | undefined;
  #aborter: AbortController | undefined;
  #verdicts: VerdictCache | undefined;
  #verdictsGeneration = 0;

  constructor(core: Core, accepted: Accepted, listener: ListenerInfo, isSurplus: boolean) {
    this.core = core;
    this.listener = listener;
    this.info = new ClientInfo(accepted, listener);
    this.isSurplus = isSurplus;
    this.connectedAt = core.clock.now();
    this.connection = new Connection(accepted.stream, core.net, core.config.limits, () => this);
    this.observePackets();
  }

  /** Where PUBLISH's handler keeps what it has read; most clients only listen. */
  get publishFields(): PublishFields {
    return this.#publishFields ??= new PublishFields();
  }

  /** Fires when the connection is over; made when somebody asks for it. */
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

  /** Is the connection open and the session still this client's? Asked after every wait. */
  get ownsSession(): boolean {
    return this.connection.isOpen && this.session?.connection === this;
  }

  handleFrame(): void | Promise<void> {
    if (this.core.observers.packetReceived !== undefined) this.#observeReceived();
    return this.session === undefined ? handleConnect(this) : handlePacket(this, this.session);
  }

  /** What is no CONNECT is not waited for. */
  incomplete(header: number): void {
    if (this.session === undefined && !this.isConnecting) checkFirstHeader(header);
  }

  drained(): void {
    if (this.ownsSession) this.session!.drain();
  }

  ended(reason: string, error: Error | undefined): void {
    this.#aborter?.abort();
    handleEnd(this, reason, error);
  }

  /** Bytes that are no packet are not shown: what they deserve is up to their handler. */
  #observeReceived(): void {
    const { inbound } = this.connection;
    let packet;
    try {
      packet = decodePacket(inbound.bytes, inbound.cursor);
    } catch (error) {
      if (error instanceof MalformedPacketError || error instanceof ProtocolError) return;
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
