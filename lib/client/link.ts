/**
 * One network connection to a broker: CONNECT, CONNACK, keep-alive, packets to the session, the end. One per attempt.
 * Invariants: nothing but CONNACK is accepted first [MQTT-3.2.0-1]; `over` resolves exactly once, and then the session
 * is detached; a silent broker ends the link.
 */
import { Connection, type FrameHandler, lost, type NetServices } from "../net/connection.ts";
import { withDeadline } from "../wait.ts";
import type { ByteStream } from "../net/stream.ts";
import type { CloseReason } from "../wire/codes.ts";
import { ProtocolError } from "../wire/errors.ts";
import {
  type ConnackPacket,
  type ConnectPacket,
  type Packet,
  PacketType,
} from "../wire/packets.ts";
import type { ClientClock } from "./clock.ts";
import { ClientError, refusal } from "./errors.ts";
import type { ClientSession } from "./session.ts";
import { decodePacket, encodePacket } from "../wire/codec.ts";
import { Header } from "../wire/fixed_header.ts";

/** What all links of a client have in common. */
export interface LinkContext {
  readonly services: NetServices;
  readonly clock: ClientClock;
  readonly session: ClientSession;
  /** Bytes. */
  readonly maxPacketSize: number;
  /** Milliseconds of silence after which PINGREQ is sent; Infinity: never. */
  readonly pingAfter: number;
  /** Milliseconds without a byte from the broker after which the connection is taken for lost. */
  readonly silenceLimit: number;
  /** Milliseconds the broker may take to answer. */
  readonly ackTimeout: number;
  /** Packet hooks of the client's plugins. */
  readonly observeReceived: ((packet: Packet) => void) | undefined;
  readonly observeSent: ((packet: Packet) => void) | undefined;
}

/** How a link ended. `fault` is what the broker did wrong, if it did. */
export interface LinkEnd {
  readonly reason: string;
  readonly fault: Error | undefined;
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
  readonly #cleanSession: boolean;
  #phase: "handshake" | "open" | "leaving" = "handshake";
  #stopTicking: (() => void) | undefined;
  #stopWaiting: (() => void) | undefined;
  /** When bytes left last. */
  #lastSent = 0;

  /** Sends CONNECT. */
  constructor(stream: ByteStream, connect: ConnectPacket, context: LinkContext) {
    this.#context = context;
    this.#cleanSession = connect.cleanSession;
    const { maxPacketSize } = context;
    // Reading must never depend on our own writing, for two such peers would wait for each other.
    const limits = { maxPacketSize, maxWriteBacklog: Infinity };
    this.#connection = new Connection({ stream }, context.services, limits, () => this);
    this.#connack.promise.catch(() => {}); // a caller that waits for it hears of it
    this.#connection.outbound.onPacket = context.observeSent;
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
    const { returnCode, sessionPresent } = await this.#connack.promise;
    if (returnCode === 0) return sessionPresent;
    await this.#connection.closeAfterFlush(lost("refused by the broker"));
    throw refusal(returnCode);
  }

  /** Ends the connection now, without DISCONNECT. */
  abort(reason: string): void {
    this.#connection.close(lost(reason));
  }

  /** Sends DISCONNECT and waits, not for ever, until the broker has taken it and closed [MQTT-3.14.4-1]. */
  async leave(): Promise<void> {
    if (!this.#connection.isOpen) return;
    this.#phase = "leaving";
    this.#context.session.detach();
    const { outbound } = this.#connection;
    outbound.push(DISCONNECT);
    await withDeadline(outbound.whenIdle(), Math.min(this.#context.ackTimeout, LONGEST_FLUSH_MS));
    await withDeadline(this.over, LINGER_MS);
    this.#connection.close(lost("disconnected"));
  }

  handleFrame(): void | Promise<void> {
    if (this.#phase === "leaving") return;
    const { inbound } = this.#connection;
    const { session, observeReceived } = this.#context;
    const isPublish = inbound.cursor.header >> 4 === PacketType.PUBLISH;
    if (isPublish && this.#phase === "open") {
      observeReceived?.(decodePacket(inbound.bytes, inbound.cursor));
      return session.handlePublish(inbound.bytes, inbound.cursor);
    }
    const packet = decodePacket(inbound.bytes, inbound.cursor);
    observeReceived?.(packet);
    if (this.#phase === "open") session.handlePacket(packet);
    else this.#handleConnack(packet);
  }

  drained(): void {
    this.#lastSent = this.#context.clock.now();
    if (this.#phase === "open") this.#context.session.outbox.drain();
  }

  ended({ text: reason }: CloseReason, fault: Error | undefined): void {
    this.#stopTicking?.();
    this.#stopWaiting?.();
    if (this.#phase === "open") this.#context.session.detach();
    this.#connack.reject(
      fault === undefined
        ? new ClientError("unreachable", `no CONNACK from the broker: ${reason}`)
        : new ClientError("protocol", `the broker broke the protocol: ${reason}`, { cause: fault }),
    );
    this.#over.resolve({ reason, fault });
  }

  #handleConnack(packet: Packet): void {
    if (packet.type !== "connack") {
      throw new ProtocolError(`${packet.type.toUpperCase()} before CONNACK`, "MQTT-3.2.0-1");
    }
    if (packet.sessionPresent && this.#cleanSession) {
      throw new ProtocolError("session present in answer to a clean session", "MQTT-3.2.2-1");
    }
    if (packet.returnCode === 0) {
      this.#phase = "open";
      this.#connection.growthTime = this.#context.pingAfter;
      this.#keepAlive();
      this.#context.session.attach(this.#connection.outbound, packet.sessionPresent);
    }
    this.#connack.resolve(packet);
  }

  /** Looks at the clock every now and then: is there silence, is an answer late? */
  #keepAlive(): void {
    const { clock, pingAfter, ackTimeout } = this.#context;
    this.#lastSent = clock.now();
    const tick = Math.min(TICK_MS, pingAfter / 4, ackTimeout / 4);
    this.#stopTicking = clock.every(tick, () => this.#tick());
    if (pingAfter !== Infinity) this.#pingIn(pingAfter, tick);
  }

  #tick(): void {
    const { clock, session, silenceLimit } = this.#context;
    session.expire();
    const overdue = this.#connection.overdue(clock.now(), silenceLimit);
    if (overdue !== undefined) {
      this.#connection.close(lost(`the broker is silent: ${overdue.text}`));
    }
  }

  /**
   * PINGREQ leaves when one side has been silent for `pingAfter`, to the millisecond.
   * @param again when to look again behind a PINGREQ, milliseconds
   */
  #pingIn(milliseconds: number, again: number): void {
    const { clock, session, pingAfter } = this.#context;
    this.#stopWaiting = clock.every(milliseconds, () => {
      this.#stopWaiting?.(); // the next wait is another
      const silentSince = Math.min(this.#lastSent, this.#connection.lastReceived);
      const left = silentSince + pingAfter - clock.now();
      if (left <= 0) session.requests.keepAlive();
      this.#pingIn(left <= 0 ? again : left, again);
    });
  }
}
