/**
 * SUBSCRIBE, UNSUBSCRIBE and PINGREQ, and the subscriptions they leave. Synchronous. Invariants: a request that a lost
 * connection left unanswered is sent again on the next; when the broker has lost the session, every subscription is
 * made again; every promise settles while a connection is there.
 */
import { ProtocolError } from "../wire/errors.ts";
import {
  type ProtocolLevel,
  type QoS,
  type SubackPacket,
  SUBSCRIBE_FAILURE,
  type SubscribePacket,
  type SubscriptionRequest,
  type UnsubackPacket,
  type UnsubscribePacket,
} from "../wire/packets.ts";
import type { Properties } from "../wire/properties.ts";
import { Deferred } from "./deferred.ts";
import { ClientError } from "./errors.ts";
import { Fifo } from "../fifo.ts";
import type { PacketIds } from "./packet_ids.ts";
import { encodePacket } from "../wire/codec.ts";
import { Header } from "../wire/fixed_header.ts";
import type { PacketSink } from "./packet_sink.ts";
import { type ServerInfo, subscribeFault, tooLarge } from "./server_info.ts";
import { Subscriptions } from "./subscriptions.ts";

/** What SUBACK or UNSUBACK said: a code for each filter, in order; without any before MQTT 5's UNSUBACK. */
export interface Answer {
  readonly codes: readonly number[];
  readonly properties: Properties | undefined;
}

/** A request that waits for SUBACK or UNSUBACK. */
interface Request {
  readonly packet: SubscribePacket | UnsubscribePacket;
  readonly frame: Uint8Array;
  /** When it was sent last. */
  sentAt: number;
  readonly done: Deferred<Answer>;
}

/** A PINGREQ that waits; `done` is undefined for those of the keep-alive. */
interface Ping {
  readonly sentAt: number;
  readonly done: Deferred<void> | undefined;
}

const PINGREQ = Uint8Array.of(Header.PINGREQ, 0);

/** Everything that the broker answers except messages. */
export class Requests {
  readonly #ids: PacketIds;
  readonly #now: () => number;
  readonly #ackTimeout: number;
  /** Told of subscriptions that could not be made again. */
  readonly #notRestored: (lost: readonly SubscriptionRequest[], why: string) => void;
  readonly #level: ProtocolLevel;
  readonly #subscriptions = new Subscriptions();
  readonly #waiting = new Map<number, Request>();
  readonly #pings = new Fifo<Ping>();
  #sink: PacketSink | undefined;
  #server: ServerInfo | undefined;

  constructor(
    ids: PacketIds,
    now: () => number,
    { ackTimeout, protocolLevel }: { ackTimeout: number; protocolLevel: ProtocolLevel },
    notRestored: (lost: readonly SubscriptionRequest[], why: string) => void,
  ) {
    this.#level = protocolLevel;
    this.#ids = ids;
    this.#now = now;
    this.#ackTimeout = ackTimeout;
    this.#notRestored = notRestored;
  }

  /** Topic filters with granted QoS. */
  get subscriptions(): ReadonlyMap<string, QoS> {
    return this.#subscriptions.granted;
  }

  /** Requests without an answer. */
  get unanswered(): number {
    return this.#waiting.size + this.#pings.length;
  }

  /** Resolves with the granted QoS of each filter; 0x80, and with MQTT 5 a higher code, is a refusal. */
  subscribe(
    subscriptions: SubscriptionRequest[],
    signal?: AbortSignal,
    properties?: Properties,
  ): Promise<Answer> {
    return this.#ask(
      (packetId) => ({ type: "subscribe", packetId, subscriptions, properties }),
      signal,
    );
  }

  /** Resolves when the broker has acknowledged. */
  unsubscribe(
    topicFilters: string[],
    signal?: AbortSignal,
    properties?: Properties,
  ): Promise<Answer> {
    for (const filter of topicFilters) this.#subscriptions.forget(filter);
    return this.#ask(
      (packetId) => ({ type: "unsubscribe", packetId, topicFilters, properties }),
      signal,
    );
  }

  /** Sends PINGREQ; resolves with PINGRESP. */
  ping(signal?: AbortSignal): Promise<void> {
    const done = new Deferred<void>(signal);
    if (this.#sink === undefined) done.reject(new ClientError("closed", "not connected"));
    else if (!done.isSettled) this.#sendPing(this.#sink, done);
    return done.promise;
  }

  /** Sends PINGREQ for the keep-alive, unless one waits already. */
  keepAlive(): void {
    if (this.#sink !== undefined && this.#pings.length === 0) {
      this.#sendPing(this.#sink, undefined);
    }
  }

  /** A connection is there: subscriptions are made again where needed, then what waits is asked again. */
  attach(sink: PacketSink, sessionPresent: boolean, server: ServerInfo): void {
    const old = [...this.#waiting.values()];
    this.#sink = sink;
    this.#server = server;
    if (!sessionPresent) this.#subscribeAgain();
    for (const request of old) {
      const fault = this.#faultOf(request.packet, request.frame);
      if (fault !== undefined) {
        this.#forget(request);
        request.done.reject(fault);
        continue;
      }
      request.sentAt = this.#now();
      sink.push(request.frame);
    }
  }

  /** The connection is gone; no one waits any more for what has timed out or was aborted. */
  detach(): void {
    this.#sink = undefined;
    for (const [packetId, { done }] of this.#waiting) {
      if (!done.isSettled) continue;
      this.#waiting.delete(packetId);
      this.#ids.release(packetId);
    }
    const error = new ClientError("lost", "the connection ended before PINGRESP came");
    for (const { done } of this.#pings) done?.reject(error);
    this.#pings.clear();
  }

  /** SUBACK. */
  subscribed({ packetId, returnCodes, properties }: SubackPacket): void {
    const request = this.#asked(packetId, "subscribe", "SUBACK");
    const { packet } = request;
    if (packet.type === "subscribe") {
      const asked = packet.subscriptions.length;
      if (asked !== returnCodes.length) {
        throw new ProtocolError(
          `SUBACK has ${returnCodes.length} return codes for ${asked} filters`,
          "MQTT-3.8.4-5",
        );
      }
      const { subscriptions, properties } = packet;
      this.#subscriptions.answered({ subscriptions, properties }, returnCodes);
    }
    this.#finish(request, { codes: returnCodes, properties });
  }

  /** UNSUBACK. */
  unsubscribed({ packetId, reasonCodes = [], properties }: UnsubackPacket): void {
    const request = this.#asked(packetId, "unsubscribe", "UNSUBACK");
    const asked = request.packet.type === "unsubscribe" ? request.packet.topicFilters.length : 0;
    if (this.#level === 5 && asked !== reasonCodes.length) {
      throw new ProtocolError(
        `UNSUBACK has ${reasonCodes.length} reason codes for ${asked} filters`,
        "MQTT-3.11.3-1",
      );
    }
    this.#finish(request, { codes: reasonCodes, properties });
  }

  /** PINGRESP. */
  ponged(): void {
    const ping = this.#pings.shift();
    if (ping === undefined) throw new ProtocolError("PINGRESP without PINGREQ", "3.13");
    ping.done?.resolve();
  }

  /** Rejects what the broker has left without an answer for ack_timeout. */
  expire(): void {
    if (this.#sink === undefined) return;
    const latest = this.#now() - this.#ackTimeout;
    for (const { sentAt, done, packet } of this.#waiting.values()) {
      const missing = packet.type === "subscribe" ? "SUBACK" : "UNSUBACK";
      if (sentAt <= latest) done.reject(noAnswer(missing));
    }
    for (const { sentAt, done } of this.#pings) {
      if (sentAt <= latest) done?.reject(noAnswer("PINGRESP"));
    }
  }

  /** Rejects every promise and forgets the requests. */
  fail(error: ClientError): void {
    for (const { packet, done } of this.#waiting.values()) {
      this.#ids.release(packet.packetId);
      done.reject(error);
    }
    this.#waiting.clear();
    for (const { done } of this.#pings) done?.reject(error);
    this.#pings.clear();
  }

  #ask(
    makePacket: (packetId: number) => Request["packet"],
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const done = new Deferred<Answer>(signal);
    if (this.#ids.isExhausted) done.reject(new ClientError("queue-full", "no packet id is free"));
    if (done.isSettled) return done.promise;
    const packetId = this.#ids.take();
    try {
      const packet = makePacket(packetId);
      const frame = encodePacket(packet, this.#level);
      const fault = this.#sink === undefined ? undefined : this.#faultOf(packet, frame);
      if (fault !== undefined) throw fault;
      this.#waiting.set(packetId, { packet, frame, sentAt: this.#now(), done });
      this.#sink?.push(frame);
    } catch (error) {
      this.#ids.release(packetId);
      done.reject(error);
    }
    return done.promise;
  }

  /** Why the broker would not take it. */
  #faultOf(packet: Request["packet"], frame: Uint8Array): ClientError | undefined {
    if (this.#server === undefined || this.#level < 5) return undefined;
    if (packet.type === "unsubscribe") return tooLarge(this.#server, frame.length);
    const filters = packet.subscriptions.map(({ topicFilter }) => topicFilter);
    const hasIdentifier = packet.properties?.subscriptionIdentifiers !== undefined;
    return subscribeFault(this.#server, filters, hasIdentifier) ??
      tooLarge(this.#server, frame.length);
  }

  #sendPing(sink: PacketSink, done: Deferred<void> | undefined): void {
    this.#pings.push({ sentAt: this.#now(), done });
    sink.push(PINGREQ);
  }

  /** The request that this answer is for. */
  #asked(packetId: number, type: Request["packet"]["type"], answer: string): Request {
    const request = this.#waiting.get(packetId);
    if (request?.packet.type === type) return request;
    throw new ProtocolError(
      `${answer} for packet id ${packetId}, which does not wait for it`,
      "MQTT-2.3.1-7",
    );
  }

  #finish(request: Request, answer: Answer): void {
    this.#forget(request);
    request.done.resolve(answer);
  }

  #forget({ packet }: Request): void {
    this.#waiting.delete(packet.packetId);
    this.#ids.release(packet.packetId);
  }

  #subscribeAgain(): void {
    for (const { subscriptions, properties } of this.#subscriptions.again()) {
      this.subscribe(subscriptions, undefined, properties).then(({ codes }) => {
        const refused = subscriptions.filter((_, index) => codes[index]! >= SUBSCRIBE_FAILURE);
        if (refused.length > 0) this.#notRestored(refused, "the broker refused them");
      }, (error: Error) => this.#notRestored(subscriptions, error.message));
    }
  }
}

function noAnswer(missing: string): ClientError {
  return new ClientError("timeout", `no ${missing} from the broker within ack_timeout`);
}
