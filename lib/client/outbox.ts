/**
 * What the client publishes: messages that wait, and those under way (exchanges.ts). Synchronous; bytes go to the
 * PacketSink that the present connection lends it. Invariants: messages leave in the order of `publish`; what waits is
 * limited; every promise settles while a connection is there.
 */
import type { QoS } from "../wire/packets.ts";
import { Deferred } from "./deferred.ts";
import { ClientError } from "./errors.ts";
import { Exchanges, type PendingPublish } from "./exchanges.ts";
import { Fifo } from "../fifo.ts";
import type { PacketIds } from "./packet_ids.ts";
import { encodePublishFrame, packetIdOffset, publishHeader } from "../wire/publish.ts";
import type { PacketSink } from "./packet_sink.ts";

/** Limits of what is under way and of what waits; Infinity is none. */
export interface OutboxLimits {
  /** Bytes in the write buffer from which on messages wait instead. */
  readonly maxWriteBacklog: number;
  /** QoS 1 and 2 exchanges under way at once, at most 65,535. */
  readonly maxInflight: number;
  readonly maxQueuedMessages: number;
  readonly maxQueuedBytes: number;
  /** Milliseconds the broker may take to answer. */
  readonly ackTimeout: number;
}

/** A message to publish: topic name and payload as bytes. */
export interface OutboxMessage {
  readonly topic: Uint8Array;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
}

/** Stands in a frame until it leaves under a real one. */
const NO_ID = 1;
/** Longer payloads take the way that checks how long a packet may be. */
const LARGE_PAYLOAD = 65_536;
const DONE = Promise.resolve();

/** Everything that goes out as PUBLISH. */
export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #ids: PacketIds;
  readonly #now: () => number;
  readonly #exchanges: Exchanges;
  #sink: PacketSink | undefined;
  readonly #waiting = new Fifo<PendingPublish>();
  #waitingBytes = 0;
  /** When something left or was answered last. */
  #progressAt = 0;
  #idle: Deferred<void> | undefined;

  /** @param now milliseconds of a monotonic clock */
  constructor(limits: OutboxLimits, ids: PacketIds, now: () => number) {
    this.#limits = limits;
    this.#ids = ids;
    this.#now = now;
    this.#exchanges = new Exchanges(ids, now);
  }

  /** Messages that wait. */
  get queued(): number {
    return this.#waiting.length;
  }

  /** Exchanges under way. */
  get inflight(): number {
    return this.#exchanges.size;
  }

  /** Resolves when the message has its QoS: handed to the network, PUBACK, or PUBCOMP. */
  publish(message: OutboxMessage, signal: AbortSignal | undefined): Promise<void> {
    const sink = this.#sink;
    const isOpen = sink !== undefined && this.#waiting.length === 0 &&
      sink.backlog < this.#limits.maxWriteBacklog;
    const { topic, payload, qos, retain } = message;
    if (qos > 0 || !isOpen || payload.length > LARGE_PAYLOAD) return this.#enqueue(message, signal);
    sink.pushMessage(publishHeader(0, retain, false), topic, payload);
    return DONE;
  }

  /** A connection is there: what was under way is sent again, then what waits. */
  attach(sink: PacketSink, sessionPresent: boolean): void {
    this.#sink = sink;
    this.#progressAt = this.#now();
    this.#exchanges.resume(sink, sessionPresent);
    this.drain();
  }

  detach(): void {
    this.#sink = undefined;
    this.#checkIdle();
  }

  /** Sends what waits, as far as there is room. */
  drain(): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    for (let next = this.#waiting.first; next !== undefined; next = this.#waiting.first) {
      if (!next.done.isSettled) {
        if (!this.#mayLeave(sink, next.qos)) break;
        this.#send(sink, next);
      }
      this.#waiting.shift();
      this.#waitingBytes -= next.frame.length;
    }
    this.#checkIdle();
  }

  /** PUBACK. */
  acknowledged(packetId: number): void {
    this.#exchanges.acknowledged(packetId);
    this.#moveOn();
  }

  /** PUBREC. */
  received(packetId: number): void {
    this.#exchanges.received(packetId, this.#sink);
    this.#progressAt = this.#now();
  }

  /** PUBCOMP. */
  completed(packetId: number): void {
    this.#exchanges.completed(packetId);
    this.#moveOn();
  }

  /** Rejects the promises that the broker has kept waiting for ack_timeout. */
  expire(): void {
    if (this.#sink === undefined) return;
    const latest = this.#now() - this.#limits.ackTimeout;
    this.#exchanges.expire(latest);
    if (this.#progressAt <= latest) this.#failWaiting(stuck());
    this.#checkIdle();
  }

  /** Rejects every promise; exchanges under way are kept for the session's next connection. */
  fail(error: ClientError): void {
    this.#failWaiting(error);
    this.#exchanges.fail(error);
    this.#checkIdle();
  }

  /** Resolves when every promise given out is settled, or the connection is gone. */
  whenIdle(): Promise<void> {
    this.#idle ??= new Deferred();
    const { promise } = this.#idle;
    this.#checkIdle();
    return promise;
  }

  #enqueue(message: OutboxMessage, signal: AbortSignal | undefined): Promise<void> {
    const { topic, qos } = message;
    const frame = frameOf(message);
    const done = new Deferred<void>(signal, () => this.drain());
    if (done.isSettled) return done.promise;
    const idAt = qos === 0 ? 0 : packetIdOffset(frame, topic.length);
    const outgoing = { frame, qos, idAt, packetId: 0, sentAt: 0, done };
    const sink = this.#sink;
    if (sink !== undefined && this.#waiting.length === 0 && this.#mayLeave(sink, qos)) {
      this.#send(sink, outgoing);
    } else if (this.#hasSpaceFor(frame.length)) {
      if (this.#waiting.length === 0) this.#progressAt = this.#now();
      this.#waiting.push(outgoing);
      this.#waitingBytes += frame.length;
    } else done.reject(queueFull(this.#waiting.length, this.#waitingBytes));
    return done.promise;
  }

  #hasSpaceFor(size: number): boolean {
    const { maxQueuedMessages, maxQueuedBytes } = this.#limits;
    return this.#waiting.length < maxQueuedMessages && this.#waitingBytes + size <= maxQueuedBytes;
  }

  #mayLeave(sink: PacketSink, qos: QoS): boolean {
    if (sink.backlog >= this.#limits.maxWriteBacklog) return false;
    return qos === 0 || (this.inflight < this.#limits.maxInflight && !this.#ids.isExhausted);
  }

  #send(sink: PacketSink, message: PendingPublish): void {
    this.#progressAt = this.#now();
    if (message.qos > 0) return this.#exchanges.begin(sink, message);
    sink.push(message.frame);
    message.done.resolve();
  }

  #moveOn(): void {
    this.#progressAt = this.#now();
    this.drain();
  }

  #failWaiting(error: ClientError): void {
    for (const { done } of this.#waiting) done.reject(error);
    this.#waiting.clear();
    this.#waitingBytes = 0;
  }

  #checkIdle(): void {
    if (this.#idle === undefined) return;
    const isBusy = this.#waiting.length > 0 || this.#exchanges.isAwaited;
    if (this.#sink !== undefined && isBusy) return;
    this.#idle.resolve();
    this.#idle = undefined;
  }
}

function frameOf({ topic, payload, qos, retain }: OutboxMessage): Uint8Array {
  return encodePublishFrame(publishHeader(qos, retain, false), topic, NO_ID, payload);
}

function stuck(): ClientError {
  return new ClientError("timeout", "nothing could be sent to the broker within ack_timeout");
}

function queueFull(messages: number, bytes: number): ClientError {
  return new ClientError("queue-full", `${messages} messages (${bytes} bytes) wait already`);
}
