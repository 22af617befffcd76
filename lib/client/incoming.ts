/**
 * What MQTT 5 adds to what comes in on one connection: properties, topic aliases, and how many QoS 1 and 2 messages
 * may be under way. Invariant: a broker that breaks what CONNECT said is told so by a ProtocolError with the code of it.
 */
import type { AckOutlet } from "../net/ack_queue.ts";
import { ReasonCode } from "../wire/codes.ts";
import { ProtocolError } from "../wire/errors.ts";
import { Header } from "../wire/fixed_header.ts";
import type { ConnectPacket } from "../wire/packets.ts";
import { type Properties, PropertiesOf, readList } from "../wire/properties.ts";
import type { PublishFields } from "../wire/publish.ts";
import { Reader } from "../wire/reader.ts";
import { InboundAliases } from "./aliases.ts";
import type { PacketSink } from "./packet_sink.ts";

const NONE: Properties = {};

/** The state of one connection of MQTT 5; the acknowledgements of what has come leave through it. */
export class Incoming<Topic> implements AckOutlet {
  readonly #sink: PacketSink;
  readonly #aliases: InboundAliases<Topic>;
  readonly #receiveMaximum: number;
  /** QoS 1 messages without a PUBACK. */
  #unacknowledged = 0;
  /** Packet ids of QoS 2 messages without a PUBCOMP. */
  readonly #exchanges = new Set<number>();

  /** @param connect what the broker was told */
  constructor(sink: PacketSink, connect: ConnectPacket) {
    const { topicAliasMaximum = 0, receiveMaximum = 65_535 } = connect.properties ?? {};
    this.#sink = sink;
    this.#aliases = new InboundAliases(topicAliasMaximum);
    this.#receiveMaximum = receiveMaximum;
  }

  /** Those of a PUBLISH; byte fields are borrowed. */
  properties(bytes: Uint8Array, fields: PublishFields): Properties {
    const { propertiesStart, payloadStart } = fields;
    if (propertiesStart === payloadStart) return NONE;
    return readList(new Reader(bytes, propertiesStart, payloadStart), PropertiesOf.PUBLISH);
  }

  /** The topic of a PUBLISH; `named` is undefined where its topic name is empty. */
  topic(named: Topic | undefined, { topicAlias }: Properties): Topic {
    if (topicAlias !== undefined) return this.#aliases.resolve(topicAlias, named);
    if (named !== undefined) return named;
    throw new ProtocolError("an empty topic name without a topic alias", "3.3.2.1");
  }

  /** A PUBLISH has come [MQTT-3.3.4-7]. */
  count(qos: number, packetId: number): void {
    if (qos === 0) return;
    if (qos === 1) this.#unacknowledged++;
    else this.#exchanges.add(packetId);
    if (this.#unacknowledged + this.#exchanges.size <= this.#receiveMaximum) return;
    throw new ProtocolError(
      `more than ${this.#receiveMaximum} messages under way`,
      "MQTT-3.3.4-7",
      ReasonCode.RECEIVE_MAXIMUM_EXCEEDED,
    );
  }

  push(frame: Uint8Array): void {
    this.#sink.push(frame);
  }

  pushAck(header: number, packetId: number): void {
    if (header === Header.PUBACK) this.#unacknowledged--;
    this.#sink.pushAck(header, packetId);
  }

  /** PUBCOMP; where no message has that id, with the reason code that says so. */
  complete(packetId: number, isKnown: boolean): void {
    this.#exchanges.delete(packetId);
    if (isKnown) return this.#sink.pushAck(Header.PUBCOMP, packetId);
    const code = ReasonCode.PACKET_IDENTIFIER_NOT_FOUND;
    this.#sink.push(Uint8Array.of(Header.PUBCOMP, 3, packetId >> 8, packetId & 0xff, code));
  }
}
