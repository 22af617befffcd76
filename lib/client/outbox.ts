/**
 * What the client publishes: messages that wait, and those under way (exchanges.ts). Synchronous; bytes go to the
 * PacketSink that the present connection lends it. Invariants: messages leave in the order of `publish`; what waits is
 * limited; every promise settles while a connection is there.
 */
import type { AckPacket, ProtocolLevel, QoS } from "../wire/packets.ts";
import { OutboundAliases } from "./aliases.ts";
import { Deferred } from "./deferred.ts";
import { ClientError } from "./errors.ts";
import { Exchanges } from "./exchanges.ts";
import { Fifo } from "../fifo.ts";
import type { PacketIds } from "./packet_ids.ts";
import { publishHeader } from "../wire/publish.ts";
import type { PacketSink } from "./packet_sink.ts";
import {
  countDown,
  type OutboxMessage,
  pendingOf,
  type PendingPublish,
  PUBLISHED,
  type PublishResult,
  withAlias,
} from "./publishing.ts";
import { publishFault, type ServerInfo } from "./server_info.ts";

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
  /** That of all connections. */
  readonly protocolLevel: ProtocolLevel;
}

/** Longer payloads take the way that checks how long a packet may be. */
const LARGE_PAYLOAD = 65_536;
const DONE = Promise.resolve(PUBLISHED);

/** Everything that goes out as PUBLISH. */
export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #ids: PacketIds;
  readonly #now: () => number;
  readonly #exchanges: Exchanges;
  #sink: PacketSink | undefined;
  #server: ServerInfo | undefined;
  /** Exchanges that may be under way: ours, or fewer where the broker takes fewer. */
  #most: number;
  /** Undefined where the broker takes none. */
  #aliases: OutboundAliases | undefined;
  readonly #waiting = new Fifo<PendingPublish>();
  #waitingBytes = 0;
  /** When something left or was answered last. */
  #progressAt = 0;
  #idle: Deferred<void> | undefined;

  /** @param now milliseconds of a monotonic clock */
  constructor(limits: OutboxLimits, ids: PacketIds, now: () => number) {
    this.#limits = limits;
    this.#most = limits.maxInflight;
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
  publish(message: OutboxMessage, signal: AbortSignal | undefined): Promise<PublishResult> {
    const sink = this.#sink;
    const isOpen = sink !== undefined && this.#waiting.length === 0 &&
      sink.backlog < this.#limits.maxWriteBacklog;
    const { topic, payload, qos, retain } = message;
    const isSimple = qos === 0 && this.#limits.protocolLevel < 5;
    if (!isSimple || !isOpen || payload.length > LARGE_PAYLOAD) {
      return this.#enqueue(message, signal);
    }
    sink.pushMessage(publishHeader(0, retain, false), topic, payload);
    return DONE;
  }

  /** A connection is there: what was under way is sent again, then what waits. */
  attach(sink: PacketSink, sessionPresent: boolean, server: ServerInfo): void {
    this.#sink = sink;
    this.#server = server;
    this.#most = Math.min(this.#limits.maxInflight, server.receiveMaximum);
    this.#aliases = OutboundAliases.upTo(server.topicAliasMaximum);
    this.#progressAt = this.#now();
    this.#exchanges.resume(sink, sessionPresent, server);
    this.drain();
  }

  detach(): void {
    this.#sink = this.#aliases = undefined;
    this.#checkIdle();
  }

  /** Sends what waits, as far as there is room. */
  drain(): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    for (let next = this.#waiting.first; next !== undefined; next = this.#waiting.first) {
      if (!next.done.isSettled) {
        if (!this.#mayLeave(sink, next.qos)) break;
        this.#sendLate(sink, next);
      }
      this.#waiting.shift();
      this.#waitingBytes -= next.frame.length;
    }
    this.#checkIdle();
  }

  /** PUBACK. */
  acknowledged(packet: AckPacket): void {
    this.#exchanges.acknowledged(packet, this.#sink);
    this.#moveOn();
  }

  /** PUBREC. */
  received(packet: AckPacket): void {
    this.#exchanges.received(packet, this.#sink);
    if ((packet.reasonCode ?? 0) >= 0x80) this.#moveOn();
    else this.#progressAt = this.#now();
  }

  /** PUBCOMP. */
  completed(packet: AckPacket): void {
    this.#exchanges.completed(packet, this.#sink);
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

  #enqueue(message: OutboxMessage, signal: AbortSignal | undefined): Promise<PublishResult> {
    const { protocolLevel } = this.#limits;
    const done = new Deferred<PublishResult>(signal, () => this.drain());
    const outgoing = pendingOf(message, protocolLevel, this.#now(), done);
    if (done.isSettled) return done.promise;
    const { qos, frame } = outgoing;
    const fault = this.#faultOf(outgoing);
    const sink = this.#sink;
    if (fault !== undefined) done.reject(fault);
    else if (sink !== undefined && this.#waiting.length === 0 && this.#mayLeave(sink, qos)) {
      this.#send(sink, outgoing);
    } else if (this.#hasSpaceFor(frame.length)) {
      if (this.#waiting.length === 0) this.#progressAt = this.#now();
      this.#waiting.push(outgoing);
      this.#waitingBytes += frame.length;
    } else done.reject(queueFull(this.#waiting.length, this.#waitingBytes));
    return done.promise;
  }

  /** Does the broker take it? Not known without a connection. */
  #faultOf({ qos, frame }: PendingPublish): ClientError | undefined {
    if (this.#sink === undefined || this.#server === undefined) return undefined;
    return publishFault(this.#server, qos, (frame[0]! & 1) === 1, frame.length);
  }

  #hasSpaceFor(size: number): boolean {
    const { maxQueuedMessages, maxQueuedBytes } = this.#limits;
    return this.#waiting.length < maxQueuedMessages && this.#waitingBytes + size <= maxQueuedBytes;
  }

  #mayLeave(sink: PacketSink, qos: QoS): boolean {
    if (sink.backlog >= this.#limits.maxWriteBacklog) return false;
    return qos === 0 || (this.inflight < this.#most && !this.#ids.isExhausted);
  }

  /** Sends what has waited, unless it is too late for it, or this broker does not take it. */
  #sendLate(sink: PacketSink, message: PendingPublish): void {
    const isLate = !countDown(message, this.#now() - message.sentAt);
    const fault = isLate ? expired() : this.#faultOf(message);
    if (fault === undefined) this.#send(sink, message);
    else message.done.reject(fault);
  }

  #send(sink: PacketSink, message: PendingPublish): void {
    this.#progressAt = this.#now();
    const frame = message.qos > 0 ? this.#exchanges.begin(message) : message.frame;
    sink.push(this.#aliases === undefined ? frame : this.#shortened(message, this.#aliases));
    if (message.qos === 0) message.done.resolve(PUBLISHED);
  }

  /** The frame with a topic alias, where that is worth it and the broker takes it. */
  #shortened(message: PendingPublish, aliases: OutboundAliases): Uint8Array {
    const { frame, topic } = message;
    const most = this.#server?.maximumPacketSize ?? Infinity;
    const use = frame.length + OutboundAliases.COST <= most ? aliases.use(topic) : undefined;
    return use === undefined ? frame : withAlias(message, use.alias, use.isNew);
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

function stuck(): ClientError {
  return new ClientError("timeout", "nothing could be sent to the broker within ack_timeout");
}

function queueFull(messages: number, bytes: number): ClientError {
  return new ClientError("queue-full", `${messages} messages (${bytes} bytes) wait already`);
}

function expired(): ClientError {
  return new ClientError("expired", "the message expired before it could be sent");
}
