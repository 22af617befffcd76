/**
 * What PUBLISH of MQTT 5 has beside that of 3.1.1: properties, topic aliases, and acknowledgements with a reason.
 * Invariants: equal properties of one client's messages are read once; an alias is taken note of whatever becomes of the
 * message; an acknowledgement that refuses a QoS 2 message ends its exchange.
 */
import { InboundAliases } from "../../net/topic_aliases.ts";
import type { TopicEntry } from "../../topic/topic_cache.ts";
import { standsAt } from "../../io.ts";
import { type CodedReason, ReasonCode } from "../../wire/codes.ts";
import { ProtocolError } from "../../wire/errors.ts";
import { Header } from "../../wire/fixed_header.ts";
import {
  type MessageProperties,
  type PublishProperties,
  readPublishProperties,
} from "../../wire/message_properties.ts";
import type { QoS } from "../../wire/packets.ts";
import type { PublishFields } from "../../wire/publish.ts";
import { isUtf8 } from "../../wire/utf8.ts";
import type { Client } from "../client.ts";
import { Drop } from "../drops.ts";
import type { Route } from "../route.ts";
import type { BrokerSession } from "../sessions.ts";
import { holdBack } from "./stored.ts";

/** Longer ones are read every time: each client would pin them. */
const MOST_REMEMBERED = 512;

/** What is known of one publisher of MQTT 5. */
export class PublisherV5 {
  readonly #topicAliasMaximum: number;
  #aliases: InboundAliases<TopicEntry<Route>> | undefined;
  #lastBytes: Uint8Array | undefined;
  #last: PublishProperties | undefined;
  /** Those of the PUBLISH that is handled. */
  carried: MessageProperties | undefined = undefined;
  /** Its topic alias; 0: none. */
  topicAlias = 0;

  constructor(topicAliasMaximum: number) {
    this.#topicAliasMaximum = topicAliasMaximum;
  }

  get aliases(): InboundAliases<TopicEntry<Route>> {
    return this.#aliases ??= new InboundAliases(this.#topicAliasMaximum);
  }

  /** Reads the properties `bytes[from, to)`. Throws what readPublishProperties throws. */
  read(bytes: Uint8Array, from: number, to: number): void {
    const { carried, topicAlias } = this.#read(bytes, from, to);
    this.carried = carried;
    this.topicAlias = topicAlias;
  }

  /** The PUBLISH is done with: what it carried is kept only where the next one may carry the same. */
  done(): void {
    if (this.carried !== this.#last?.carried) this.carried = undefined;
  }

  #read(bytes: Uint8Array, from: number, to: number): PublishProperties {
    const known = this.#lastBytes;
    if (known !== undefined && standsAt(known, bytes, from, to)) return this.#last!;
    const read = readPublishProperties(bytes, from, to);
    if (to - from <= MOST_REMEMBERED) {
      this.#lastBytes = bytes.slice(from, to);
      this.#last = read;
    }
    return read;
  }
}

/** Reads what stands between topic and payload of the PUBLISH that `fields` are of. */
export function readHop(client: Client, bytes: Uint8Array, fields: PublishFields): void {
  const { propertiesStart, payloadStart } = fields;
  const known = client.publisher;
  if (propertiesStart < payloadStart) {
    (known ?? client.becomePublisher()).read(bytes, propertiesStart, payloadStart);
  } else if (known !== undefined) {
    known.carried = undefined;
    known.topicAlias = 0;
  }
}

/** Has the PUBLISH that is handled a topic alias? */
export function hasAlias({ publisher }: Client): boolean {
  return publisher !== undefined && publisher.topicAlias !== 0;
}

/** The topic of a PUBLISH whose name is empty: that of its alias. */
export function topicOfAlias({ publisher }: Client): TopicEntry<Route> {
  if (publisher === undefined || publisher.topicAlias === 0) {
    throw new ProtocolError("PUBLISH with neither topic name nor topic alias", "3.3.2.1");
  }
  return publisher.aliases.get(publisher.topicAlias);
}

/** Why a message of a client of MQTT 5 is not taken, where a key asks for that; undefined: it is. */
export function objectionTo(client: Client, route: Route): CodedReason | undefined {
  const { core, connection, publishFields: { payloadStart, qos } } = client;
  const { checkPayloadFormat, fullQueue } = core.config.limits;
  const { bytes, cursor } = connection.inbound;
  if (
    checkPayloadFormat && client.publisher?.carried?.values.payloadFormatIndicator === 1 &&
    !isUtf8(bytes.subarray(payloadStart, cursor.end))
  ) return Drop.PAYLOAD_FORMAT;
  const size = cursor.end - payloadStart;
  if (fullQueue === "refuse" && qos > 0 && areAllFull(route, { qos, payloadLength: size })) {
    return Drop.QUEUE_FULL;
  }
  return undefined;
}

/** Is there a receiver above QoS 0, and has none of them room? One that can take a message is looked for, not more. */
export function areAllFull(
  { recipients, groups, beyond }: Route,
  { qos, payloadLength }: { readonly qos: QoS; readonly payloadLength: number },
): boolean {
  let isAsked = false;
  const isFull = (session: BrokerSession, granted: QoS) => {
    if (Math.min(qos, granted) === 0) return true;
    isAsked = true;
    return !session.isReady && !session.canQueue(payloadLength);
  };
  return beyond === undefined && // of those no one knows here
    recipients.every(({ session, options }) => isFull(session, options.qos)) &&
    groups.every(({ members }) =>
      [...members].every(([session, options]) => isFull(session, options.qos))
    ) && isAsked;
}

/** An acknowledgement of five bytes: with a reason code other than 0. */
export function codedAck(header: number, packetId: number, code: ReasonCode): Uint8Array {
  return Uint8Array.of(header, 3, packetId >> 8, packetId & 0xff, code);
}

/**
 * Answers a PUBLISH of MQTT 5 that goes nowhere, or to no one.
 * @param promised see holdBack
 */
export function acknowledgeWith(client: Client, code: ReasonCode, promised?: number): void {
  const { qos, packetId } = client.publishFields;
  if (qos === 0) return;
  if (code < ReasonCode.UNSPECIFIED_ERROR) holdBack(client, promised);
  client.acks.push(codedAck(qos === 1 ? Header.PUBACK : Header.PUBREC, packetId, code));
}
