/**
 * One network connection to a broker: CONNECT, CONNACK, keep-alive, packets to the session, the end. One per attempt.
 * Invariants: nothing but CONNACK is accepted first [MQTT-3.2.0-1]; `over` resolves exactly once, and then the session
 * is detached; a silent broker ends the link.
 */
import { Connection, type FrameHandler, type NetServices } from "../net/connection.ts";
import { lost } from "../net/departure.ts";
import { withDeadline } from "../wait.ts";
import type { ByteStream } from "../net/stream.ts";
import type { CloseReason } from "../wire/codes.ts";
import { isPeerFault, ProtocolError } from "../wire/errors.ts";
import {
  type ConnackPacket,
  type ConnectPacket,
  type Packet,
  PacketType,
} from "../wire/packets.ts";
import type { Authentication, AuthenticationRun } from "./authentication.ts";
import type { ClientClock } from "./clock.ts";
import { ClientError, disconnected, refusal } from "./errors.ts";
import { pingAfterOf } from "./keep_alive.ts";
import { LinkAuthentication } from "./link_authentication.ts";
import type { ClientSession } from "./session.ts";
import { type ServerInfo, serverInfoOf } from "./server_info.ts";
import { decodePacket, encodePacket } from "../wire/codec.ts";
import { Header } from "../wire/fixed_header.ts";

/** What all links of a client have in common. */
export interface LinkContext {
  readonly services: NetServices;
  readonly clock: ClientClock;
  readonly session: ClientSession;
  /** Bytes. */
  readonly maxPacketSize: number;
  /** Milliseconds by which a ping comes before the keep-alive is over. */
  readonly pingDelay: number;
  /** Milliseconds the broker may take to answer. */
  readonly ackTimeout: number;
  /** Packet hooks of the client's plugins. */
  readonly observeReceived: ((packet: Packet) => void) | undefined;
  readonly observeSent: ((packet: Packet) => void) | undefined;
  /** The broker has let the client in. */
  accepted(server: ServerInfo): void;
}

/** How a link ended. `fault` is what the broker did wrong, if it did; `error` says all there is to say. */
export interface LinkEnd {
  readonly reason: string;
  readonly fault: Error | undefined;
  readonly error: ClientError | undefined;
}

const DISCONNECT = Uint8Array.of(Header.DISCONNECT, 0);
/** Longest time between two looks at the clock, milliseconds. */
const TICK_MS = 1000;
/** So long the last bytes may take, whatever ack_timeout says, milliseconds. */
const LONGEST_FLUSH_MS = 60_000;
/** So long the broker may take to close after DISCONNECT, milliseconds. */
const LINGER_MS = 1000;

/** A connection and its client's half of the protocol. */
export class Link implements FrameHandler {
  readonly #context: LinkContext;
  readonly #connection: Connection;
  readonly #connack = Promise.withResolvers<ConnackPacket>();
  readonly #over = Promise.withResolvers<LinkEnd>();
  readonly #connect: ConnectPacket;
  /** Milliseconds of silence after which PINGREQ is sent; Infinity: never. */
  #pingAfter = Infinity;
  /** Milliseconds without a byte from the broker after which the connection is taken for lost. */
  #silenceLimit = Infinity;
  readonly #authentication: LinkAuthentication;
  /** Why it ends, where more is known than that. */
  #error: ClientError | undefined;
  #phase: "handshake" | "open" | "leaving" = "handshake";
  #stopTicking: (() => void) | undefined;
  #stopWaiting: (() => void) | undefined;
  /** When bytes left last. */
  #lastSent = 0;

  /** Sends CONNECT; `authentication` has made its properties. */
  constructor(
    stream: ByteStream,
    connect: ConnectPacket,
    context: LinkContext,
    authentication?: AuthenticationRun,
  ) {
    this.#context = context;
    this.#connect = connect;
    this.#authentication = new LinkAuthentication(authentication);
    const { maxPacketSize } = context;
    // Reading must never depend on our own writing, for two such peers would wait for each other.
    const limits = { maxPacketSize, maxWriteBacklog: Infinity };
    this.#connection = new Connection({ stream }, context.services, limits, () => this);
    this.#connack.promise.catch(() => {}); // a caller that waits for it hears of it
    this.#connection.outbound.onPacket = context.observeSent;
    this.#connection.outbound.protocolLevel = connect.protocolLevel;
    this.#connection.outbound.push(encodePacket(connect));
    this.#connection.run();
  }

  /** Resolves when the connection is over; never rejects. */
  get over(): Promise<LinkEnd> {
    return this.#over.promise;
  }

  /**
   * Waits for CONNACK; the session is attached when it resolves.
   * @returns whether the broker had a session
   * @throws ClientError `refused`, `unreachable` or `protocol`
   */
  async accepted(): Promise<boolean> {
    const connack = await this.#connack.promise;
    if (connack.returnCode === 0) return connack.sessionPresent;
    await this.#connection.closeAfterFlush(lost("refused by the broker"));
    throw refusal(connack);
  }

  /** Ends the connection now, without DISCONNECT. */
  abort(reason: string): void {
    this.#connection.close(lost(reason));
  }

  /** Sends DISCONNECT and waits, not for ever, until the broker has taken it and closed [MQTT-3.14.4-1]. */
  async leave(disconnect: Uint8Array = DISCONNECT): Promise<void> {
    if (!this.#connection.isOpen) return;
    this.#phase = "leaving";
    this.#context.session.detach();
    const { outbound } = this.#connection;
    outbound.push(disconnect);
    await withDeadline(outbound.whenIdle(), Math.min(this.#context.ackTimeout, LONGEST_FLUSH_MS));
    await withDeadline(this.over, LINGER_MS);
    this.#connection.close(lost("disconnected"));
  }

  /** Sends AUTH; resolves when the broker has accepted the client once more. */
  reauthenticate(authentication: Authentication, signal?: AbortSignal): Promise<void> {
    return this.#authentication.again(this.#connection.outbound, authentication, signal);
  }

  handleFrame(): void | Promise<void> {
    if (this.#phase === "leaving") return;
    if (this.#connect.protocolLevel < 5) return this.#handleFrame();
    try {
      const waiting = this.#handleFrame();
      return waiting?.catch((error) => this.#complain(error));
    } catch (error) {
      this.#complain(error);
    }
  }

  #handleFrame(): void | Promise<void> {
    const { inbound } = this.#connection;
    const { session, observeReceived } = this.#context;
    const level = this.#connect.protocolLevel;
    const isPublish = inbound.cursor.header >> 4 === PacketType.PUBLISH;
    if (isPublish && this.#phase === "open") {
      observeReceived?.(decodePacket(inbound.bytes, inbound.cursor, level));
      return session.handlePublish(inbound.bytes, inbound.cursor);
    }
    const packet = decodePacket(inbound.bytes, inbound.cursor, this.#isOldRefusal() ? 4 : level);
    observeReceived?.(packet);
    if (packet.type === "auth" && level === 5) {
      return this.#authentication.handle(
        this.#connection.outbound,
        packet,
        this.#phase === "open",
      );
    }
    if (this.#phase !== "open") return this.#handleConnack(packet);
    if (packet.type !== "disconnect" || level < 5) return session.handlePacket(packet);
    this.#error = disconnected(packet);
    this.#connection.close(lost(this.#error.message));
  }

  /** A broker without MQTT 5 refuses it in the words of 3.1.1. */
  #isOldRefusal(): boolean {
    const { header, bodyStart, end } = this.#connection.inbound.cursor;
    return this.#phase === "handshake" && header === Header.CONNACK && end - bodyStart === 2;
  }

  /** What failed on this side ends the connection as what the broker did wrong does. */
  #complain(error: unknown): never {
    if (!(error instanceof ClientError)) throw error;
    this.#error = error;
    throw new ProtocolError(error.message, "4.12", error.reasonCode);
  }

  /** Tells a broker of MQTT 5 what it did wrong before the connection ends. */
  lastWord(_reason: CloseReason, error: Error | undefined): Uint8Array | undefined {
    const { protocolLevel } = this.#connect;
    if (this.#phase !== "open" || protocolLevel < 5 || !isPeerFault(error)) return undefined;
    return encodePacket({ type: "disconnect", reasonCode: error.code }, protocolLevel);
  }

  drained(): void {
    this.#lastSent = this.#context.clock.now();
    if (this.#phase === "open") this.#context.session.outbox.drain();
  }

  ended({ text: reason }: CloseReason, fault: Error | undefined): void {
    this.#stopTicking?.();
    this.#stopWaiting?.();
    if (this.#phase === "open") this.#context.session.detach();
    const lostError = new ClientError("lost", `the connection was lost: ${reason}`);
    this.#authentication.end(this.#error ?? lostError);
    this.#connack.reject(
      this.#error !== undefined
        ? this.#error
        : fault === undefined
        ? new ClientError("unreachable", `no CONNACK from the broker: ${reason}`)
        : new ClientError("protocol", `the broker broke the protocol: ${reason}`, { cause: fault }),
    );
    this.#over.resolve({ reason, fault, error: this.#error });
  }

  #handleConnack(packet: Packet): void | Promise<void> {
    if (packet.type !== "connack") {
      throw new ProtocolError(`${packet.type.toUpperCase()} before CONNACK`, "MQTT-3.2.0-1");
    }
    if (packet.sessionPresent && this.#connect.cleanSession) {
      throw new ProtocolError("session present in answer to a clean session", "MQTT-3.2.2-1");
    }
    const checked = this.#authentication.finish(packet);
    if (checked === undefined) return this.#accept(packet);
    return checked.then(() => this.#accept(packet));
  }

  #accept(packet: ConnackPacket): void {
    if (packet.returnCode === 0 && this.#connection.isOpen) {
      const server = serverInfoOf(packet, this.#connect);
      const keepAlive = server.serverKeepAlive ?? this.#connect.keepAlive;
      this.#phase = "open";
      this.#pingAfter = pingAfterOf(keepAlive, this.#context.pingDelay);
      this.#silenceLimit = this.#pingAfter + keepAlive * 1000;
      this.#connection.growthTime = this.#pingAfter;
      this.#keepAlive();
      this.#context.accepted(server);
      const { outbound } = this.#connection;
      this.#context.session.attach(outbound, packet.sessionPresent, this.#connect, server);
    }
    this.#connack.resolve(packet);
  }

  /** Looks at the clock every now and then: is there silence, is an answer late? */
  #keepAlive(): void {
    const { clock, ackTimeout } = this.#context;
    const pingAfter = this.#pingAfter;
    this.#lastSent = clock.now();
    const tick = Math.min(TICK_MS, pingAfter / 4, ackTimeout / 4);
    this.#stopTicking = clock.every(tick, () => this.#tick());
    if (pingAfter !== Infinity) this.#pingIn(pingAfter, tick);
  }

  #tick(): void {
    const { clock, session } = this.#context;
    session.expire();
    const overdue = this.#connection.overdue(clock.now(), this.#silenceLimit);
    if (overdue !== undefined) {
      this.#connection.close(lost(`the broker is silent: ${overdue.text}`));
    }
  }

  /**
   * PINGREQ leaves when one side has been silent for `pingAfter`, to the millisecond.
   * @param again when to look again behind a PINGREQ, milliseconds
   */
  #pingIn(milliseconds: number, again: number): void {
    const { clock, session } = this.#context;
    this.#stopWaiting = clock.every(milliseconds, () => {
      this.#stopWaiting?.(); // the next wait is another
      const silentSince = Math.min(this.#lastSent, this.#connection.lastReceived);
      const left = silentSince + this.#pingAfter - clock.now();
      if (left <= 0) session.requests.keepAlive();
      this.#pingIn(left <= 0 ? again : left, again);
    });
  }
}
