/**
 * A well-behaved client of MQTT 5 for conformance sequences: what Peer does, and what only version 5 has. Invariant:
 * every packet it receives is read whole, so a sequence that talks through it has checked the form of the answers.
 */
import { pubrel, type Text } from "../support/raw_packets.ts";
import {
  publish5,
  type RawPublish5,
  type RawRequest5,
  subscribe5,
  unsubscribe5,
} from "../support/raw_packets5.ts";
import {
  type Ack5,
  type Codes5,
  type Connack5,
  type Packets5,
  parse5,
  type Publish5,
} from "../support/raw_parse5.ts";
import type { PropertyList, ReadProperties } from "../support/raw_properties5.ts";
import type { RawClient } from "../support/raw_client.ts";
import { Peer } from "./peer.ts";
import { WORDS5 } from "./words.ts";

const ANSWERS = { PUBACK: 4, PUBREC: 5, PUBREL: 6, PUBCOMP: 7, SUBACK: 9, UNSUBACK: 11, AUTH: 15 };

/** One connected client of a sequence that speaks MQTT 5. */
export class Peer5 extends Peer<Publish5> {
  constructor(raw: RawClient, clientId: string) {
    super(raw, clientId, WORDS5);
  }

  /** Its CONNACK. */
  get connack(): Connack5 {
    return this.raw.connack5!;
  }

  /** What CONNACK said. */
  get told(): ReadProperties {
    return this.connack.properties;
  }

  /** The next packet, of this type; PUBLISHes before it wait in the inbox. */
  async next5<Type extends keyof typeof ANSWERS>(type: Type, id?: number): Promise<Packets5[Type]> {
    // `answer` has compared the type; the union cannot be narrowed by a type parameter.
    return parse5(await this.answer(ANSWERS[type], id)) as unknown as Packets5[Type];
  }

  /** Subscribes with options and properties; the SUBACK. */
  async request(requests: readonly RawRequest5[], properties?: PropertyList): Promise<Codes5> {
    const id = this.nextId();
    await this.raw.send(subscribe5(id, requests, properties));
    return await this.next5("SUBACK", id);
  }

  /** Subscribes with options; throws where a subscription is refused or granted less. */
  async requested(requests: readonly RawRequest5[], properties?: PropertyList): Promise<void> {
    const { reasonCodes } = await this.request(requests, properties);
    const wanted = requests.map(([, options]) =>
      typeof options === "number" ? options & 3 : options.qos ?? 0
    );
    if (`${reasonCodes}` !== `${wanted}`) throw new Error(`SUBACK ${reasonCodes}, not ${wanted}`);
  }

  /** Unsubscribes; the UNSUBACK. */
  async leave(filters: readonly Text[], properties?: PropertyList): Promise<Codes5> {
    const id = this.nextId();
    await this.raw.send(unsubscribe5(id, filters, properties));
    return await this.next5("UNSUBACK", id);
  }

  /** Publishes with properties and the whole handshake; throws where it is refused. */
  async say(topic: Text, payload: Text = "", options: RawPublish5 = {}): Promise<void> {
    const ack = await this.said(topic, payload, options);
    if (ack !== undefined && ack.reasonCode >= 0x80) {
      throw new Error(`refused by 0x${ack.reasonCode.toString(16)}`);
    }
  }

  /** Publishes; the PUBACK or PUBREC. A PUBREC that accepts is followed by the rest of the handshake. */
  async said(
    topic: Text,
    payload: Text = "",
    options: RawPublish5 = {},
  ): Promise<Ack5 | undefined> {
    const id = options.id ?? this.nextId();
    await this.raw.send(publish5(topic, payload, { ...options, id }));
    if (!options.qos) return void await this.ping();
    if (options.qos === 1) return await this.next5("PUBACK", id);
    const ack = await this.next5("PUBREC", id);
    if (ack.reasonCode >= 0x80) return ack;
    await this.raw.send(pubrel(id));
    this.words.accept(await this.answer(ANSWERS.PUBCOMP, id));
    return ack;
  }
}
