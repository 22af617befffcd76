/**
 * What the client publishes: messages that wait, and QoS 1 and 2 exchanges under way. Used by ClientSession.
 * Synchronous; bytes go to the Outlet that the present connection lends it. Invariants: messages leave
 * in the order of `publish`; an exchange outlives its connection and is sent again in its order
 * [MQTT-4.4.0-1] [MQTT-4.6.0-1]; a QoS 2 message whose session the broker lost is never sent again;
 * every promise settles while a connection is there.
 */
import { encodePublishFrame, publishHeader } from "../wire/encode.ts";
import { ProtocolError } from "../wire/errors.ts";
import type { QoS } from "../wire/packets.ts";
import { Deferred } from "./deferred.ts";
import { ClientError } from "./errors.ts";
import { Fifo } from "./fifo.ts";
import type { PacketIds } from "./packet_ids.ts";

/** Where packets leave: the write side of the present connection. */
export interface Outlet {
  /** Bytes that are not yet with the operating system. */
  readonly backlog: number;
  /** Sends a whole frame; it is copied. */
  push(frame: Uint8Array): void;
  /** Sends a QoS 0 PUBLISH made of its parts; they are copied. */
  pushMessage(header: number, topic: Uint8Array, payload: Uint8Array): void;
  /** Sends a packet of four bytes: type and packet id. */
  pushAck(header: number, packetId: number): void;
}

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

/** One message that waits or is under way. `frame` is its PUBLISH; the id is filled in when it leaves. */
interface Entry {
  readonly frame: Uint8Array;
  readonly qos: QoS;
  readonly idAt: number;
  packetId: number;
  sentAt: number;
  done: Deferred<void>;
}

const PUBREL_HEADER = 0x62;
const DUP_FLAG = 8;
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
  #outlet: Outlet | undefined;
  readonly #waiting = new Fifo<Entry>();
  #waitingBytes = 0;
  /** PUBLISH sent, nothing acknowledged; by packet id, in order. */
  readonly #sent = new Map<number, Entry>();
  /** PUBREC received, PUBREL sent; in the order of the PUBRECs [MQTT-4.6.0-4]. */
  readonly #released = new Map<number, Entry>();
  /** When something left or was answered last. */
  #progressAt = 0;
  #idle: Deferred<void> | undefined;

  /** @param now milliseconds of a monotonic clock */
  constructor(limits: OutboxLimits, ids: PacketIds, now: () => number) {
    this.#limits = limits;
    this.#ids = ids;
    this.#now = now;
  }

  /** Messages that wait. */
  get queued(): number {
    return this.#waiting.length;
  }

  /** Exchanges under way. */
  get inflight(): number {
    return this.#sent.size + this.#released.size;
  }

  /** Resolves when the message has its QoS: handed to the network, PUBACK, or PUBCOMP. */
  publish(message: OutboxMessage, signal: AbortSignal | undefined): Promise<void> {
    const outlet = this.#outlet;
    const isOpen = outlet !== undefined && this.#waiting.length === 0 &&
      outlet.backlog < this.#limits.maxWriteBacklog;
    const { topic, payload, qos, retain } = message;
    if (qos > 0 || !isOpen || payload.length > LARGE_PAYLOAD) return this.#enqueue(message, signal);
    outlet.pushMessage(publishHeader(0, retain, false), topic, payload);
    return DONE;
  }

  /** A connection is there: what was under way is sent again, then what waits. */
  attach(outlet: Outlet, sessionPresent: boolean): void {
    if (!sessionPresent) this.#loseSession();
    this.#outlet = outlet;
    this.#progressAt = this.#now();
    for (const entry of this.#sent.values()) {
      entry.frame[0]! |= DUP_FLAG; // [MQTT-3.3.1-1]
      entry.sentAt = this.#progressAt;
      outlet.push(entry.frame);
    }
    for (const entry of this.#released.values()) {
      entry.sentAt = this.#progressAt;
      outlet.pushAck(PUBREL_HEADER, entry.packetId);
    }
    this.drain();
  }

  detach(): void {
    this.#outlet = undefined;
    this.#checkIdle();
  }

  /** Sends what waits, as far as there is room. */
  drain(): void {
    const outlet = this.#outlet;
    if (outlet === undefined) return;
    for (let entry = this.#waiting.first; entry !== undefined; entry = this.#waiting.first) {
      if (!entry.done.isSettled) {
        if (!this.#mayLeave(outlet, entry.qos)) break;
        this.#send(outlet, entry);
      }
      this.#waiting.shift();
      this.#waitingBytes -= entry.frame.length;
    }
    this.#checkIdle();
  }

  /** PUBACK. */
  acknowledged(packetId: number): void {
    const entry = this.#sent.get(packetId);
    if (entry === undefined || entry.qos !== 1) throw unasked("PUBACK", packetId);
    this.#sent.delete(packetId);
    this.#finish(entry);
  }

  /** PUBREC; answered with PUBREL [MQTT-4.3.3-1], also when it comes again. */
  received(packetId: number): void {
    const entry = this.#sent.get(packetId) ?? this.#released.get(packetId);
    if (entry === undefined || entry.qos !== 2) throw unasked("PUBREC", packetId);
    this.#sent.delete(packetId);
    this.#released.set(packetId, entry);
    entry.sentAt = this.#progressAt = this.#now();
    this.#outlet?.pushAck(PUBREL_HEADER, packetId);
  }

  /** PUBCOMP. */
  completed(packetId: number): void {
    const entry = this.#released.get(packetId);
    if (entry === undefined) throw unasked("PUBCOMP", packetId);
    this.#released.delete(packetId);
    this.#finish(entry);
  }

  /**
   * Rejects the promises that the broker has left without an answer for ack_timeout. Packet ids stay in
   * use, for the answer may still come.
   */
  expire(): void {
    if (this.#outlet === undefined) return;
    const latest = this.#now() - this.#limits.ackTimeout;
    for (const exchanges of [this.#sent, this.#released]) {
      for (const entry of exchanges.values()) {
        if (entry.sentAt > latest) break;
        if (!entry.done.isSettled) entry.done.reject(unanswered(exchanges === this.#released));
      }
    }
    if (this.#progressAt <= latest) this.#failWaiting(stuck());
    this.#checkIdle();
  }

  /** Rejects every promise; exchanges under way are kept for the session's next connection. */
  fail(error: ClientError): void {
    this.#failWaiting(error);
    for (const entry of this.#sent.values()) entry.done.reject(error);
    for (const entry of this.#released.values()) entry.done.reject(error);
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
    const idAt = qos === 0 ? 0 : idOffset(frame, topic.length);
    const entry: Entry = { frame, qos, idAt, packetId: 0, sentAt: 0, done };
    const outlet = this.#outlet;
    if (outlet !== undefined && this.#waiting.length === 0 && this.#mayLeave(outlet, qos)) {
      this.#send(outlet, entry);
    } else if (this.#hasSpaceFor(frame.length)) {
      if (this.#waiting.length === 0) this.#progressAt = this.#now();
      this.#waiting.push(entry);
      this.#waitingBytes += frame.length;
    } else done.reject(queueFull(this.#waiting.length, this.#waitingBytes));
    return done.promise;
  }

  #hasSpaceFor(size: number): boolean {
    const { maxQueuedMessages, maxQueuedBytes } = this.#limits;
    return this.#waiting.length < maxQueuedMessages && this.#waitingBytes + size <= maxQueuedBytes;
  }

  #mayLeave(outlet: Outlet, qos: QoS): boolean {
    if (outlet.backlog >= this.#limits.maxWriteBacklog) return false;
    return qos === 0 || (this.inflight < this.#limits.maxInflight && !this.#ids.isExhausted);
  }

  #send(outlet: Outlet, entry: Entry): void {
    this.#progressAt = this.#now();
    if (entry.qos === 0) {
      outlet.push(entry.frame);
      return entry.done.resolve();
    }
    const packetId = this.#ids.take();
    entry.packetId = packetId;
    entry.sentAt = this.#progressAt;
    entry.frame[entry.idAt] = packetId >> 8;
    entry.frame[entry.idAt + 1] = packetId & 0xff;
    this.#sent.set(packetId, entry);
    outlet.push(entry.frame);
  }

  #finish(entry: Entry): void {
    this.#progressAt = this.#now();
    this.#ids.release(entry.packetId);
    entry.done.resolve();
    this.drain();
  }

  #failWaiting(error: ClientError): void {
    for (const entry of this.#waiting) entry.done.reject(error);
    this.#waiting.clear();
    this.#waitingBytes = 0;
  }

  /** The broker knows nothing of our exchanges: QoS 1 begins anew, of QoS 2 nobody knows the outcome. */
  #loseSession(): void {
    for (const exchanges of [this.#sent, this.#released]) {
      for (const entry of [...exchanges.values()]) {
        if (entry.qos === 1 && !entry.done.isSettled) continue;
        exchanges.delete(entry.packetId);
        this.#ids.release(entry.packetId);
        entry.done.reject(sessionLost());
      }
    }
  }

  #checkIdle(): void {
    if (this.#idle === undefined || (this.#outlet !== undefined && this.#isBusy())) return;
    this.#idle.resolve();
    this.#idle = undefined;
  }

  #isBusy(): boolean {
    if (this.#waiting.length > 0) return true;
    for (const { done } of this.#sent.values()) if (!done.isSettled) return true;
    for (const { done } of this.#released.values()) if (!done.isSettled) return true;
    return false;
  }
}

function frameOf({ topic, payload, qos, retain }: OutboxMessage): Uint8Array {
  return encodePublishFrame(publishHeader(qos, retain, false), topic, NO_ID, payload);
}

/** Where the packet id stands: behind fixed header and topic name. */
function idOffset(frame: Uint8Array, topicLength: number): number {
  let at = 1;
  while (frame[at]! > 127) at++;
  return at + 3 + topicLength;
}

function unasked(type: string, packetId: number): ProtocolError {
  return new ProtocolError(`${type} for packet id ${packetId}, which does not wait for it`, "4.3");
}

function unanswered(isReleased: boolean): ClientError {
  const missing = isReleased ? "PUBCOMP" : "PUBACK or PUBREC";
  return new ClientError("timeout", `no ${missing} from the broker within ack_timeout`);
}

function stuck(): ClientError {
  return new ClientError("timeout", "nothing could be sent to the broker within ack_timeout");
}

function sessionLost(): ClientError {
  return new ClientError(
    "session-lost",
    "the broker lost the session while a QoS 2 message was under way; " +
      "it may or may not have arrived (cleansession: false keeps sessions)",
  );
}

function queueFull(messages: number, bytes: number): ClientError {
  return new ClientError("queue-full", `${messages} messages (${bytes} bytes) wait already`);
}
