/**
 * QoS 1 and 2 exchanges under way towards the broker. Synchronous. Invariants: an exchange outlives its connection and
 * is sent again in its order [MQTT-4.4.0-1] [MQTT-4.6.0-1]; its packet id is in use until it is over, even when no one
 * waits for it any more; a QoS 2 message whose session the broker lost is never sent again; no more are under way than
 * the broker takes.
 */
import { ProtocolError } from "../wire/errors.ts";
import { Fifo } from "../fifo.ts";
import type { AckPacket } from "../wire/packets.ts";
import { ClientError, saidBy } from "./errors.ts";
import type { PacketIds } from "./packet_ids.ts";
import { Header } from "../wire/fixed_header.ts";
import type { PacketSink } from "./packet_sink.ts";
import { type PendingPublish, PUBLISHED, type PublishResult } from "./publishing.ts";
import { publishFault, type ServerInfo } from "./server_info.ts";

const DUP_FLAG = 8;

/** Messages above QoS 0 that the broker has not acknowledged to the end. */
export class Exchanges {
  readonly #ids: PacketIds;
  readonly #now: () => number;
  /** PUBLISH sent, nothing acknowledged; by packet id, in order. */
  readonly #sent = new Map<number, PendingPublish>();
  /** PUBREC received, PUBREL sent; in the order of the PUBRECs [MQTT-4.6.0-4]. */
  readonly #released = new Map<number, PendingPublish>();
  /** Of `#sent`: what waits for its turn on a new connection. */
  readonly #held = new Fifo<PendingPublish>();
  #server: ServerInfo | undefined;

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

  /**
   * Begins an exchange: the frame has an id of its own from now on.
   * @returns the frame
   */
  begin(message: PendingPublish): Uint8Array {
    const packetId = this.#ids.take();
    message.packetId = packetId;
    message.sentAt = this.#now();
    message.frame[message.idAt] = packetId >> 8;
    message.frame[message.idAt + 1] = packetId & 0xff;
    this.#sent.set(packetId, message);
    return message.frame;
  }

  /** A new connection: everything is sent again, unless the broker has lost the session. */
  resume(sink: PacketSink, sessionPresent: boolean, server: ServerInfo): void {
    if (!sessionPresent) this.#loseSession();
    this.#server = server;
    this.#held.clear();
    const now = this.#now();
    for (const message of [...this.#sent.values()]) {
      const { qos, frame } = message;
      message.sentAt = now;
      const fault = publishFault(server, qos, (frame[0]! & 1) === 1, frame.length);
      if (fault === undefined) this.#held.push(message);
      else this.#drop(message, fault);
    }
    this.#sendHeld(sink);
    for (const message of this.#released.values()) {
      message.sentAt = now;
      sink.pushAck(Header.PUBREL, message.packetId);
    }
  }

  /** PUBACK. */
  acknowledged(packet: AckPacket, sink: PacketSink | undefined): void {
    const { packetId } = packet;
    const message = this.#sent.get(packetId);
    if (message === undefined || message.qos !== 1) throw unasked("PUBACK", packetId);
    this.#sent.delete(packetId);
    this.#finish(message, packet, sink);
  }

  /** PUBREC; answered with PUBREL [MQTT-4.3.3-1], also when it comes again; a refusal ends the exchange. */
  received(packet: AckPacket, sink: PacketSink | undefined): void {
    const { packetId, reasonCode = 0 } = packet;
    const message = this.#sent.get(packetId) ?? this.#released.get(packetId);
    if (message === undefined || message.qos !== 2) throw unasked("PUBREC", packetId);
    this.#sent.delete(packetId);
    if (reasonCode >= 0x80) {
      this.#released.delete(packetId);
      return this.#finish(message, packet, sink);
    }
    if (reasonCode !== 0 || packet.properties !== undefined) message.result = resultOf(packet);
    this.#released.set(packetId, message);
    message.sentAt = this.#now();
    sink?.pushAck(Header.PUBREL, packetId);
  }

  /** PUBCOMP; 0x92 in it says that the broker had finished before. */
  completed(packet: AckPacket, sink: PacketSink | undefined): void {
    const { packetId } = packet;
    const message = this.#released.get(packetId);
    if (message === undefined) throw unasked("PUBCOMP", packetId);
    this.#released.delete(packetId);
    this.#ids.release(packetId);
    message.done.resolve(message.result ?? PUBLISHED);
    if (sink !== undefined) this.#sendHeld(sink);
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

  #finish(message: PendingPublish, packet: AckPacket, sink: PacketSink | undefined): void {
    const { reasonCode = 0, properties } = packet;
    this.#ids.release(message.packetId);
    if (reasonCode >= 0x80) message.done.reject(refused(packet));
    else if (reasonCode === 0 && properties === undefined) message.done.resolve(PUBLISHED);
    else message.done.resolve(resultOf(packet));
    if (sink !== undefined) this.#sendHeld(sink);
  }

  /** What was under way before goes first, as many as the broker takes at once [MQTT-3.3.4-9]. */
  #sendHeld(sink: PacketSink): void {
    const most = this.#server?.receiveMaximum ?? Infinity;
    while (this.#held.length > 0 && this.size - this.#held.length < most) {
      const message = this.#held.shift()!;
      if (this.#sent.get(message.packetId) !== message) continue; // answered before it was sent
      message.frame[0]! |= DUP_FLAG; // [MQTT-3.3.1-1]
      message.sentAt = this.#now();
      sink.push(message.frame);
    }
  }

  #drop(message: PendingPublish, error: ClientError): void {
    this.#sent.delete(message.packetId);
    this.#ids.release(message.packetId);
    message.done.reject(error);
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

/** Reason code and words of an acknowledgement. */
function resultOf({ reasonCode = 0, properties = {} }: AckPacket): PublishResult {
  const { reasonString, userProperties = [] } = properties;
  return { reasonCode, reasonString, userProperties };
}

function refused({ reasonCode = 0, properties }: AckPacket): ClientError {
  const message = `the broker refused the message: ${saidBy(reasonCode, properties)}`;
  return new ClientError("publish-refused", message, { reasonCode, properties });
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
