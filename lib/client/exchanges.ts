/**
 * QoS 1 and 2 exchanges under way towards the broker. Synchronous. Invariants: an exchange outlives its connection and
 * is sent again in its order [MQTT-4.4.0-1] [MQTT-4.6.0-1]; its packet id is in use until it is over, even when no one
 * waits for it any more; a QoS 2 message whose session the broker lost is never sent again.
 */
import { ProtocolError } from "../wire/errors.ts";
import type { QoS } from "../wire/packets.ts";
import type { Deferred } from "./deferred.ts";
import { ClientError } from "./errors.ts";
import type { PacketIds } from "./packet_ids.ts";
import { Header } from "../wire/fixed_header.ts";
import type { PacketSink } from "./packet_sink.ts";

/** One message that waits or is under way. `frame` is its PUBLISH; the id is filled in when it leaves. */
export interface PendingPublish {
  readonly frame: Uint8Array;
  readonly qos: QoS;
  /** Where the packet id stands in the frame. */
  readonly idAt: number;
  packetId: number;
  sentAt: number;
  readonly done: Deferred<void>;
}

const DUP_FLAG = 8;

/** Messages above QoS 0 that the broker has not acknowledged to the end. */
export class Exchanges {
  readonly #ids: PacketIds;
  readonly #now: () => number;
  /** PUBLISH sent, nothing acknowledged; by packet id, in order. */
  readonly #sent = new Map<number, PendingPublish>();
  /** PUBREC received, PUBREL sent; in the order of the PUBRECs [MQTT-4.6.0-4]. */
  readonly #released = new Map<number, PendingPublish>();

  constructor(ids: PacketIds, now: () => number) {
    this.#ids = ids;
    this.#now = now;
  }

  get size(): number {
    return this.#sent.size + this.#released.size;
  }

  /** Does somebody still wait for one of them? */
  get isAwaited(): boolean {
    for (const { done } of this.#sent.values()) if (!done.isSettled) return true;
    for (const { done } of this.#released.values()) if (!done.isSettled) return true;
    return false;
  }

  /** Begins: sends the PUBLISH under an id of its own. */
  begin(sink: PacketSink, message: PendingPublish): void {
    const packetId = this.#ids.take();
    message.packetId = packetId;
    message.sentAt = this.#now();
    message.frame[message.idAt] = packetId >> 8;
    message.frame[message.idAt + 1] = packetId & 0xff;
    this.#sent.set(packetId, message);
    sink.push(message.frame);
  }

  /** A new connection: everything is sent again, unless the broker has lost the session. */
  resume(sink: PacketSink, sessionPresent: boolean): void {
    if (!sessionPresent) this.#loseSession();
    const now = this.#now();
    for (const message of this.#sent.values()) {
      message.frame[0]! |= DUP_FLAG; // [MQTT-3.3.1-1]
      message.sentAt = now;
      sink.push(message.frame);
    }
    for (const message of this.#released.values()) {
      message.sentAt = now;
      sink.pushAck(Header.PUBREL, message.packetId);
    }
  }

  /** PUBACK. */
  acknowledged(packetId: number): void {
    const message = this.#sent.get(packetId);
    if (message === undefined || message.qos !== 1) throw unasked("PUBACK", packetId);
    this.#sent.delete(packetId);
    this.#finish(message);
  }

  /** PUBREC; answered with PUBREL [MQTT-4.3.3-1], also when it comes again. */
  received(packetId: number, sink: PacketSink | undefined): void {
    const message = this.#sent.get(packetId) ?? this.#released.get(packetId);
    if (message === undefined || message.qos !== 2) throw unasked("PUBREC", packetId);
    this.#sent.delete(packetId);
    this.#released.set(packetId, message);
    message.sentAt = this.#now();
    sink?.pushAck(Header.PUBREL, packetId);
  }

  /** PUBCOMP. */
  completed(packetId: number): void {
    const message = this.#released.get(packetId);
    if (message === undefined) throw unasked("PUBCOMP", packetId);
    this.#released.delete(packetId);
    this.#finish(message);
  }

  /** Rejects the promises of those that were sent before `latest`; the answer may still come. */
  expire(latest: number): void {
    for (const exchanges of [this.#sent, this.#released]) {
      for (const { sentAt, done } of exchanges.values()) {
        if (sentAt > latest) break;
        if (!done.isSettled) done.reject(unanswered(exchanges === this.#released));
      }
    }
  }

  /** Rejects every promise; the exchanges are kept for the session's next connection. */
  fail(error: ClientError): void {
    for (const { done } of this.#sent.values()) done.reject(error);
    for (const { done } of this.#released.values()) done.reject(error);
  }

  #finish(message: PendingPublish): void {
    this.#ids.release(message.packetId);
    message.done.resolve();
  }

  /** The broker knows nothing of our exchanges: QoS 1 begins anew, of QoS 2 no one knows the outcome. */
  #loseSession(): void {
    for (const exchanges of [this.#sent, this.#released]) {
      for (const message of [...exchanges.values()]) {
        if (message.qos === 1 && !message.done.isSettled) continue;
        exchanges.delete(message.packetId);
        this.#ids.release(message.packetId);
        message.done.reject(sessionLost());
      }
    }
  }
}

function unasked(type: string, packetId: number): ProtocolError {
  return new ProtocolError(`${type} for packet id ${packetId}, which does not wait for it`, "4.3");
}

function unanswered(isReleased: boolean): ClientError {
  const missing = isReleased ? "PUBCOMP" : "PUBACK or PUBREC";
  return new ClientError("timeout", `no ${missing} from the broker within ack_timeout`);
}

function sessionLost(): ClientError {
  return new ClientError(
    "session-lost",
    "the broker lost the session while a QoS 2 message was under way; " +
      "it may or may not have arrived (cleansession: false keeps sessions)",
  );
}
