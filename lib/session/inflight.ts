/**
 * QoS 1 and 2 exchanges under way to one client, by packet id, in the order of their first sending. Invariants: an id is
 * under way once at most [MQTT-2.2.1-4]; an exchange ends with its own kind of acknowledgement only; over one connection
 * no more messages are under way than its client takes [MQTT-3.3.4-9].
 */
import { Header } from "../wire/fixed_header.ts";
import { publishHeader } from "../wire/publish.ts";
import { ExchangeTable } from "./exchange_table.ts";
import type { SessionJournal } from "./journal.ts";
import type { SessionLimits } from "./limits.ts";
import type { Message } from "./message.ts";
import { OutgoingPublish } from "./outgoing.ts";
import { type Outlet, pushMessage, takes } from "./outlet.ts";
import type { QueuedMessage } from "./queue.ts";
import type { SessionTotals } from "./totals.ts";

/** A message that the client has not acknowledged to the end. */
export type InflightMessage = QueuedMessage;

/** The acknowledgements that a client sends for what was delivered to it. */
export type Acknowledgement = "PUBACK" | "PUBREC" | "PUBCOMP";

/** Is told of a message that was sent again. */
export type SentAgain = (exchange: InflightMessage, packetId: number) => void;

/** What is sent again. */
export interface Resending {
  /** One of the two kinds; undefined: both. */
  readonly only?: "messages" | "releases" | undefined;
  readonly told?: SentAgain | undefined;
}

/** What a message counts for: what its client makes large; its topic name is mostly kept anyway. */
function sizeOf({ payloadLength, properties }: Message): number {
  return payloadLength + (properties?.size ?? 0);
}

/** Packet ids to exchanges. */
export class Inflight {
  readonly #exchanges = new ExchangeTable();
  readonly #journal: SessionJournal | undefined;
  readonly #totals: SessionTotals;
  #lastPacketId: number;
  /** Payloads and properties, also of exchanges whose PUBREC has come: they are kept until the end. */
  #bytes = 0;
  /** Messages that this connection's client has still to get again, by packet id. */
  #owed: Set<number> | undefined;
  /** Those that the journal has yet to make safe before they are sent for the first time. */
  #unsafe: Set<InflightMessage> | undefined;

  /** @param lastPacketId the one that was given last */
  constructor(journal: SessionJournal | undefined, totals: SessionTotals, lastPacketId = 0) {
    this.#journal = journal;
    this.#totals = totals;
    this.#lastPacketId = lastPacketId;
  }

  get size(): number {
    return this.#exchanges.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get lastPacketId(): number {
    return this.#lastPacketId;
  }

  /** In the order of their first sending. */
  get exchanges(): InflightMessage[] {
    return this.#exchanges.entries().map(([, exchange]) => exchange);
  }

  /** The same with their packet ids. */
  get entries(): readonly (readonly [packetId: number, InflightMessage])[] {
    return this.#exchanges.entries();
  }

  /** Is it so for an exchange? In no order; none is looked at behind the first. */
  some(isSo: (exchange: InflightMessage) => boolean): boolean {
    return this.#exchanges.some(isSo);
  }

  /** Are there messages to be sent again, for which the client had no room? */
  get owesAgain(): boolean {
    return this.#owed !== undefined;
  }

  /** May another exchange begin? An empty window takes a message of any size, and one may pass the bytes. */
  hasRoom({ maxInflight, maxInflightBytes }: SessionLimits, receiveMaximum: number): boolean {
    const { size } = this.#exchanges;
    return this.#owed === undefined && size < maxInflight && size < receiveMaximum &&
      this.#bytes < maxInflightBytes;
  }

  /** A new connection: everything that was sent is to be sent again. */
  reconnected(): void {
    this.#owed = undefined;
    for (const [packetId, exchange] of this.#exchanges.entries()) {
      if (exchange.released || this.#unsafe?.has(exchange)) continue;
      (this.#owed ??= new Set()).add(packetId);
    }
  }

  /**
   * Sends what was not acknowledged again, in its order, as far as the client takes it: PUBLISH with
   * DUP [MQTT-3.3.1-1], or PUBREL.
   * @returns the messages that the client does not take: their exchanges are over
   */
  resend(outlet: Outlet, now: number, { only, told }: Resending): Message[] {
    const refused: Message[] = [];
    for (const [packetId, exchange] of this.#exchanges.entries()) {
      const { released } = exchange;
      if (only === (released ? "messages" : "releases")) continue;
      if (released) outlet.pushAck(Header.PUBREL, packetId);
      else if (!this.#again(outlet, now, packetId, exchange, told)) refused.push(exchange.message);
    }
    return refused;
  }

  /** Goes on with what the client had no room for. */
  resendRest(outlet: Outlet, now: number, told: SentAgain | undefined): Message[] {
    const refused: Message[] = [];
    for (const packetId of this.#owed ?? []) {
      if (!this.#hasWindow(outlet)) break;
      const exchange = this.#exchanges.get(packetId)!;
      if (!this.#again(outlet, now, packetId, exchange, told)) refused.push(exchange.message);
    }
    return refused;
  }

  /** False: the client does not take a packet of its size, and the exchange is over. */
  #again(
    outlet: Outlet,
    now: number,
    packetId: number,
    exchange: InflightMessage,
    told: SentAgain | undefined,
  ): boolean {
    const { message, qos, retain, identifiers } = exchange;
    if (this.#owed?.has(packetId) !== true || !this.#hasWindow(outlet)) return true;
    const publish = OutgoingPublish.of(message, now);
    if (!takes(outlet, publish, qos, identifiers)) return !this.#end(packetId, exchange);
    this.#sentAgain(packetId);
    const header = publishHeader(qos, retain, true);
    pushMessage(outlet, publish, qos, header, packetId, identifiers);
    told?.(exchange, packetId);
    return true;
  }

  #hasWindow({ receiveMaximum }: Outlet): boolean {
    return this.#exchanges.size - (this.#owed?.size ?? 0) < receiveMaximum;
  }

  #sentAgain(packetId: number): void {
    if (this.#owed?.delete(packetId) && this.#owed.size === 0) this.#owed = undefined;
  }

  /**
   * Begins an exchange; fewer than 65,535 must be under way.
   * @returns its packet id, one that is not under way
   */
  begin(exchange: InflightMessage): number {
    const id = this.#lastPacketId = this.#exchanges.freeId(this.#lastPacketId);
    this.restore(id, exchange);
    if (this.#journal !== undefined) exchange.record = this.#journal.begun(id, exchange);
    return id;
  }

  /** An exchange that was under way before. */
  restore(packetId: number, exchange: InflightMessage): void {
    this.#exchanges.add(packetId, exchange);
    this.#count(exchange, 1);
  }

  /** An exchange that has just begun must not be seen by the client before `isSafe` was asked. */
  keepBack(exchange: InflightMessage): void {
    (this.#unsafe ??= new Set()).add(exchange);
  }

  /** An exchange that was kept back is safe. False: it is over, and nothing is to be sent. */
  isSafe(exchange: InflightMessage): boolean {
    if (!this.#unsafe?.delete(exchange)) return false;
    if (this.#unsafe.size === 0) this.#unsafe = undefined;
    return true;
  }

  /** The message of this id, whose first sending was prevented, is sent when there is room. */
  owe(packetId: number): void {
    (this.#owed ??= new Set()).add(packetId);
  }

  /** Takes out the exchanges that do not pass and whose message has not been received for sure; the journal is told by the caller. */
  filter(keep: (exchange: InflightMessage) => boolean): InflightMessage[] {
    const removed: InflightMessage[] = [];
    for (const [packetId, exchange] of this.#exchanges.entries()) {
      if (exchange.released || keep(exchange)) continue;
      this.#takeOut(packetId, exchange);
      removed.push(exchange);
    }
    return removed;
  }

  /** The message that is under way with this id. */
  messageOf(packetId: number): Message | undefined {
    return this.#exchanges.get(packetId)?.message;
  }

  /** PUBACK: the exchange is done. False for an id that is not under way at QoS 1. */
  acknowledge(packetId: number): boolean {
    const exchange = this.#exchanges.get(packetId);
    return exchange?.qos === 1 && this.#end(packetId, exchange);
  }

  /** PUBREC: from now on PUBREL is what is repeated. False for an id that is not under way at QoS 2. */
  release(packetId: number): boolean {
    const exchange = this.#exchanges.get(packetId);
    if (exchange?.qos !== 2) return false;
    if (exchange.released) return true;
    exchange.released = true;
    if (exchange.record !== undefined) this.#journal?.released(exchange.record);
    this.#sentAgain(packetId);
    return true;
  }

  /** PUBREC that refuses the message: the exchange is done. False for an id that does not wait for PUBREC. */
  refuse(packetId: number): boolean {
    const exchange = this.#exchanges.get(packetId);
    return exchange?.qos === 2 && !exchange.released && this.#end(packetId, exchange);
  }

  /** PUBCOMP: the exchange is done. False for an id whose PUBREL is not under way. */
  complete(packetId: number): boolean {
    const exchange = this.#exchanges.get(packetId);
    return exchange?.released === true && this.#end(packetId, exchange);
  }

  #end(packetId: number, exchange: InflightMessage): boolean {
    if (exchange.record !== undefined) this.#journal?.done(exchange.record);
    return this.#takeOut(packetId, exchange);
  }

  #takeOut(packetId: number, exchange: InflightMessage): boolean {
    this.#count(exchange, -1);
    if (this.#unsafe !== undefined) this.#unsafe.delete(exchange);
    if (this.#owed !== undefined) this.#sentAgain(packetId);
    return this.#exchanges.delete(packetId);
  }

  /** The session has ended, and this is not asked again. */
  forget(): void {
    this.#totals.inflightOut -= this.#exchanges.size;
    this.#totals.inflightOutBytes -= this.#bytes;
  }

  #count({ message }: InflightMessage, by: 1 | -1): void {
    const bytes = by * sizeOf(message);
    this.#bytes += bytes;
    this.#totals.inflightOut += by;
    this.#totals.inflightOutBytes += bytes;
  }

  /** What the client has to send next for this id; undefined for one that is not under way. */
  awaits(packetId: number): Acknowledgement | undefined {
    const exchange = this.#exchanges.get(packetId);
    if (exchange === undefined) return undefined;
    if (exchange.qos === 1) return "PUBACK";
    return exchange.released ? "PUBCOMP" : "PUBREC";
  }
}
