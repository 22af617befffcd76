/**
 * QoS 1 and 2 exchanges under way to one client, by packet id, in the order of their first sending. Invariants: an id is under way once at most [MQTT-2.3.1-2]; an exchange ends with its own kind of
 * acknowledgement only.
 */
import { Header } from "../wire/fixed_header.ts";
import type { QoS } from "../wire/packets.ts";
import { publishHeader } from "../wire/publish.ts";
import type { SessionLimits } from "./limits.ts";
import type { Message } from "./message.ts";
import { OutgoingPublish } from "./outgoing.ts";
import { type Outlet, pushWithId } from "./outlet.ts";

/** A message that the client has not acknowledged to the end. */
export interface InflightMessage {
  readonly message: Message;
  readonly qos: QoS;
  readonly retain: boolean;
  /** PUBREC has come; PUBREL is what is sent again [MQTT-4.3.3-1]. */
  released: boolean;
}

/** The acknowledgements that a client sends for what was delivered to it. */
export type Acknowledgement = "PUBACK" | "PUBREC" | "PUBCOMP";

/** Packet ids to exchanges. */
export class Inflight {
  readonly #exchanges = new Map<number, InflightMessage>();
  #lastPacketId = 0;
  /** Payloads, also of exchanges whose PUBREC has come: they are kept until the end. */
  #bytes = 0;

  get size(): number {
    return this.#exchanges.size;
  }

  /** May another exchange begin? An empty window takes a message of any size, and one may pass the bytes. */
  hasRoom({ maxInflight, maxInflightBytes }: SessionLimits): boolean {
    return this.#exchanges.size < maxInflight && this.#bytes < maxInflightBytes;
  }

  /**
   * Sends what was not acknowledged again, in its order: PUBLISH with DUP [MQTT-3.3.1-1], or PUBREL.
   * @param only one of the two kinds; undefined: both
   */
  resend(outlet: Outlet, only?: "messages" | "releases"): void {
    for (const [packetId, { message, qos, retain, released }] of this.#exchanges) {
      if (only === (released ? "messages" : "releases")) continue;
      if (released) outlet.pushAck(Header.PUBREL, packetId);
      else {
        const header = publishHeader(qos, retain, true);
        pushWithId(outlet, OutgoingPublish.of(message), qos, header, packetId);
      }
    }
  }

  /**
   * Begins an exchange; fewer than 65,535 must be under way.
   * @returns its packet id, one that is not under way
   */
  begin(exchange: InflightMessage): number {
    let id = this.#lastPacketId;
    do id = id === 65_535 ? 1 : id + 1; while (this.#exchanges.has(id));
    this.#lastPacketId = id;
    this.#exchanges.set(id, exchange);
    this.#bytes += exchange.message.payload.length;
    return id;
  }

  /** Ends the exchanges whose message does not pass and has not been received for sure; returns the messages. */
  filter(keep: (message: Message) => boolean): Message[] {
    const removed: Message[] = [];
    for (const [packetId, { message, released }] of this.#exchanges) {
      if (released || keep(message)) continue;
      this.#end(packetId);
      removed.push(message);
    }
    return removed;
  }

  /** PUBACK: the exchange is done. False for an id that is not under way at QoS 1. */
  acknowledge(packetId: number): boolean {
    return this.#exchanges.get(packetId)?.qos === 1 && this.#end(packetId);
  }

  /** PUBREC: from now on PUBREL is what is repeated. False for an id that is not under way at QoS 2. */
  release(packetId: number): boolean {
    const exchange = this.#exchanges.get(packetId);
    if (exchange?.qos !== 2) return false;
    exchange.released = true;
    return true;
  }

  /** PUBCOMP: the exchange is done. False for an id whose PUBREL is not under way. */
  complete(packetId: number): boolean {
    return this.#exchanges.get(packetId)?.released === true && this.#end(packetId);
  }

  #end(packetId: number): boolean {
    this.#bytes -= this.#exchanges.get(packetId)!.message.payload.length;
    return this.#exchanges.delete(packetId);
  }

  /** What the client has to send next for this id; undefined for one that is not under way. */
  awaits(packetId: number): Acknowledgement | undefined {
    const exchange = this.#exchanges.get(packetId);
    if (exchange === undefined) return undefined;
    if (exchange.qos === 1) return "PUBACK";
    return exchange.released ? "PUBCOMP" : "PUBREC";
  }
}
