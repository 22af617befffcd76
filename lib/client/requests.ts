/**
 * SUBSCRIBE, UNSUBSCRIBE and PINGREQ, and the subscriptions they leave. Synchronous. Invariants: a request that a lost
 * connection left unanswered is sent again on the next; when the broker has lost the session, every subscription is
 * made again; every promise settles while a connection is there.
 */
import { ProtocolError } from "../wire/errors.ts";
import {
  type QoS,
  SUBSCRIBE_FAILURE,
  type SubscribePacket,
  type SubscriptionRequest,
  type UnsubscribePacket,
} from "../wire/packets.ts";
import { Deferred } from "./deferred.ts";
import { ClientError } from "./errors.ts";
import { Fifo } from "../fifo.ts";
import type { PacketIds } from "./packet_ids.ts";
import { encodePacket } from "../wire/codec.ts";
import { Header } from "../wire/fixed_header.ts";
import type { PacketSink } from "./packet_sink.ts";

/** A request that waits for SUBACK or UNSUBACK. */
interface Request {
  readonly packet: SubscribePacket | UnsubscribePacket;
  readonly frame: Uint8Array;
  /** When it was sent last. */
  sentAt: number;
  readonly done: Deferred<readonly number[]>;
}

/** A PINGREQ that waits; `done` is undefined for those of the keep-alive. */
interface Ping {
  readonly sentAt: number;
  readonly done: Deferred<void> | undefined;
}

/** Filters in one SUBSCRIBE when subscriptions are made again. */
const FILTERS_A_PACKET = 100;
const PINGREQ = Uint8Array.of(Header.PINGREQ, 0);

/** Everything that the broker answers except messages. */
export class Requests {
  readonly #ids: PacketIds;
  readonly #now: () => number;
  readonly #ackTimeout: number;
  /** Told of subscriptions that could not be made again. */
  readonly #notRestored: (lost: readonly SubscriptionRequest[], why: string) => void;
  readonly #subscriptions = new Map<string, QoS>();
  readonly #waiting = new Map<number, Request>();
  readonly #pings = new Fifo<Ping>();
  #sink: PacketSink | undefined;

  constructor(
    ids: PacketIds,
    now: () => number,
    ackTimeout: number,
    notRestored: (lost: readonly SubscriptionRequest[], why: string) => void,
  ) {
    this.#ids = ids;
    this.#now = now;
    this.#ackTimeout = ackTimeout;
    this.#notRestored = notRestored;
  }

  /** Topic filters with granted QoS. */
  get subscriptions(): ReadonlyMap<string, QoS> {
    return this.#subscriptions;
  }

  /** Requests without an answer. */
  get unanswered(): number {
    return this.#waiting.size + this.#pings.length;
  }

  /** Resolves with the granted QoS of each filter; 0x80 is a refusal. */
  subscribe(
    subscriptions: SubscriptionRequest[],
    signal?: AbortSignal,
  ): Promise<readonly number[]> {
    return this.#ask((packetId) => ({ type: "subscribe", packetId, subscriptions }), signal);
  }

  /** Resolves when the broker has acknowledged. */
  async unsubscribe(topicFilters: string[], signal?: AbortSignal): Promise<void> {
    for (const filter of topicFilters) this.#subscriptions.delete(filter);
    await this.#ask((packetId) => ({ type: "unsubscribe", packetId, topicFilters }), signal);
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
  attach(sink: PacketSink, sessionPresent: boolean): void {
    const old = [...this.#waiting.values()];
    this.#sink = sink;
    if (!sessionPresent) this.#subscribeAgain();
    for (const request of old) {
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
  subscribed(packetId: number, returnCodes: readonly number[]): void {
    const request = this.#asked(packetId, "subscribe", "SUBACK");
    const asked = request.packet.type === "subscribe" ? request.packet.subscriptions : [];
    if (asked.length !== returnCodes.length) {
      throw new ProtocolError(
        `SUBACK has ${returnCodes.length} return codes for ${asked.length} filters`,
        "MQTT-3.8.4-5",
      );
    }
    asked.forEach(({ topicFilter }, index) => {
      const code = returnCodes[index]!;
      if (code === SUBSCRIBE_FAILURE) this.#subscriptions.delete(topicFilter);
      else this.#subscriptions.set(topicFilter, code as QoS);
    });
    this.#finish(request, returnCodes);
  }

  /** UNSUBACK. */
  unsubscribed(packetId: number): void {
    this.#finish(this.#asked(packetId, "unsubscribe", "UNSUBACK"), []);
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
  ): Promise<readonly number[]> {
    const done = new Deferred<readonly number[]>(signal);
    if (this.#ids.isExhausted) done.reject(new ClientError("queue-full", "no packet id is free"));
    if (done.isSettled) return done.promise;
    const packetId = this.#ids.take();
    try {
      const packet = makePacket(packetId);
      const frame = encodePacket(packet);
      this.#waiting.set(packetId, { packet, frame, sentAt: this.#now(), done });
      this.#sink?.push(frame);
    } catch (error) {
      this.#ids.release(packetId);
      done.reject(error);
    }
    return done.promise;
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

  #finish({ packet, done }: Request, answer: readonly number[]): void {
    this.#waiting.delete(packet.packetId);
    this.#ids.release(packet.packetId);
    done.resolve(answer);
  }

  #subscribeAgain(): void {
    const all = [...this.#subscriptions].map(([topicFilter, qos]) => ({ topicFilter, qos }));
    for (let at = 0; at < all.length; at += FILTERS_A_PACKET) {
      const some = all.slice(at, at + FILTERS_A_PACKET);
      this.subscribe(some).then((codes) => {
        const refused = some.filter((_, index) => codes[index] === SUBSCRIBE_FAILURE);
        if (refused.length > 0) this.#notRestored(refused, "the broker refused them");
      }, (error: Error) => this.#notRestored(some, error.message));
    }
  }
}

function noAnswer(missing: string): ClientError {
  return new ClientError("timeout", `no ${missing} from the broker within ack_timeout`);
}
