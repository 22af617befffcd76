/**
 * A well-behaved MQTT client for conformance sequences, on top of the raw one: it completes
 * handshakes and accepts packets in every order that the standard allows (a PUBLISH may come before
 * the SUBACK that it belongs to). Invariant: a PUBLISH received in passing waits in the inbox, and
 * `nothing` fails while one waits there.
 */
import {
  DISCONNECT,
  packet,
  PINGREQ,
  puback,
  pubcomp,
  pubrec,
  pubrel,
  type RawPacket,
  type RawPublish,
  type ReceivedPublish,
  type Text,
  toHex,
  u16,
} from "../support/raw_packets.ts";
import type { RawClient } from "../support/raw_client.ts";
import { Skip } from "./sequence.ts";
import type { Words } from "./words.ts";

const PUBLISH = 3;
const PUBACK = 4;
const PUBREC = 5;
const PUBREL = 6;
const PUBCOMP = 7;
const SUBACK = 9;
const UNSUBACK = 11;
const PINGRESP = 13;

/** Packets that acknowledge a PUBLISH, with their first byte. */
const ACKS = { PUBACK: 0x40, PUBREC: 0x50, PUBREL: 0x62, PUBCOMP: 0x70 };

/** One connected client of a sequence, in the version that its words have. */
export class Peer<Message extends ReceivedPublish = ReceivedPublish> {
  /** The connection below, for bytes as they are. */
  readonly raw: RawClient;
  readonly clientId: string;
  /** Its version's packets. */
  readonly words: Words<Message>;
  #inbox: Message[] = [];
  #lastId = 100;

  constructor(raw: RawClient, clientId: string, words: Words<Message>) {
    this.raw = raw;
    this.clientId = clientId;
    this.words = words;
  }

  /** Session present, as CONNACK said. */
  get sessionPresent(): boolean {
    return this.raw.sessionPresent;
  }

  /** Subscribes and returns the return codes. */
  async subscribe(...filters: [Text, number][]): Promise<number[]> {
    const id = this.nextId();
    await this.raw.send(this.words.subscribe(id, ...filters));
    return this.words.codes(await this.answer(SUBACK, id));
  }

  /** Subscribes; skips the sequence where the broker grants less than was asked for. */
  async subscribed(...filters: [Text, number][]): Promise<void> {
    const codes = await this.subscribe(...filters);
    if (codes.length !== filters.length) throw new Error(`${codes.length} return codes`);
    const less = filters.findIndex(([, qos], i) => codes[i] !== qos);
    if (less >= 0) throw new Skip(`${filters[less]![0]} was granted ${codes[less]}`);
  }

  /** Unsubscribes and waits for the UNSUBACK. */
  async unsubscribe(...filters: Text[]): Promise<void> {
    const id = this.nextId();
    await this.raw.send(this.words.unsubscribe(id, ...filters));
    await this.answer(UNSUBACK, id);
  }

  /** Publishes with the whole handshake; at QoS 0 a ping proves that the broker has read it. */
  async publish(topic: Text, payload: Text = "", options: RawPublish = {}): Promise<void> {
    const id = options.id ?? this.nextId();
    await this.raw.send(this.words.publish(topic, payload, { ...options, id }));
    if (!options.qos) return await this.ping();
    if (options.qos === 1) return this.words.accept(await this.answer(PUBACK, id));
    this.words.accept(await this.answer(PUBREC, id));
    await this.raw.send(pubrel(id));
    this.words.accept(await this.answer(PUBCOMP, id));
  }

  /** Publishes `payloads` one after the other, each with its whole handshake. */
  async publishAll(topic: Text, qos: number, payloads: string[]): Promise<void> {
    for (const payload of payloads) await this.publish(topic, payload, { qos });
  }

  /** PINGREQ and its PINGRESP: all that was sent before has been read. */
  async ping(): Promise<void> {
    await this.raw.send(PINGREQ);
    await this.answer(PINGRESP);
  }

  /** The next PUBLISH, not yet acknowledged. */
  async take(): Promise<Message> {
    return this.#inbox.shift() ?? this.words.message(await this.raw.expectPacket("PUBLISH"));
  }

  /** The next PUBLISH, acknowledged as its QoS demands. */
  async receive(): Promise<Message> {
    const message = await this.take();
    if (message.qos === 1) await this.raw.send(puback(message.id));
    if (message.qos === 2) {
      await this.raw.send(pubrec(message.id));
      await this.answer(PUBREL, message.id);
      await this.raw.send(pubcomp(message.id));
    }
    return message;
  }

  /** The next message as `payload/qos`, with `/r` where RETAIN and `/dup` where DUP is set. */
  async next(): Promise<string> {
    const { payload, qos, retain, dup } = await this.receive();
    return `${payload}/${qos}${retain ? "/r" : ""}${dup ? "/dup" : ""}`;
  }

  /** The next messages must be these, written as `next` writes them. */
  async gets(...wanted: string[]): Promise<void> {
    for (const one of wanted) {
      const got = await this.next();
      if (got !== one) throw new Error(`expected ${one}, got ${got}`);
    }
  }

  /** Receives `count` messages and returns their payloads. */
  async payloads(count: number): Promise<string[]> {
    const out: string[] = [];
    while (out.length < count) out.push((await this.receive()).payload);
    return out;
  }

  /** All messages that have been sent to us by the time a ping is answered, acknowledged. */
  async drain(): Promise<Message[]> {
    await this.ping();
    const out: Message[] = [];
    while (this.#inbox.length > 0) out.push(await this.receive());
    return out;
  }

  /** Nothing has been sent to us by the time a ping is answered. */
  async nothing(): Promise<void> {
    await this.ping();
    const first = this.#inbox[0];
    if (first) throw new Error(`expected nothing, got ${toHex(first.bytes)}`);
  }

  /** A packet id that this peer has not used. */
  nextId(): number {
    return ++this.#lastId;
  }

  /** The next packets are acknowledgements of one type for these ids, and refuse nothing. */
  async acked(type: keyof typeof ACKS, ...ids: number[]): Promise<void> {
    for (const id of ids) {
      if (this.words.version === 4) await this.raw.expect(packet(ACKS[type], u16(id)));
      else this.words.accept(await this.answer(ACKS[type] >> 4, id));
    }
  }

  /** The broker closes the connection, and sends no more than the version allows before it does. */
  async ends(): Promise<void> {
    this.words.end(await this.raw.readToEnd());
  }

  /** DISCONNECT, then the end of the connection as the broker sees it. */
  async disconnect(): Promise<void> {
    await this.raw.send(DISCONNECT);
    await this.drop();
  }

  /** Ends the connection without DISCONNECT, and waits until the broker has noticed. */
  async drop(): Promise<void> {
    // The broker may have closed already, which is what this is for.
    await this.raw.closeWrite().catch(() => {});
    await this.raw.readToEnd();
    await this.raw.close();
  }

  /** The next packet of a type (and packet id); PUBLISHes before it go to the inbox. */
  async answer(type: number, id?: number): Promise<RawPacket> {
    for (;;) {
      const packet = await this.raw.nextPacket();
      if (!packet) throw new Error(`expected packet type ${type}, but the broker closed`);
      if (packet.type === PUBLISH) this.#inbox.push(this.words.message(packet));
      else if (packet.type !== type) {
        throw new Error(`expected packet type ${type}, got ${toHex(packet.bytes)}`);
      } else if (id !== undefined && (packet.body[0]! << 8 | packet.body[1]!) !== id) {
        throw new Error(`expected packet id ${id}, got ${toHex(packet.bytes)}`);
      } else return packet;
    }
  }
}
