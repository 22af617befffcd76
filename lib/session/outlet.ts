/**
 * Where a session's packets leave, and how a message is put there. Invariant: a small message is copied into the
 * receiver's buffer, a large payload is shared by all.
 */
import { MAX_PACKET_SIZE } from "../wire/frame.ts";
import type { ProtocolLevel, QoS } from "../wire/packets.ts";
import { encodePublishHead, publishHeader, sizeOfPublish } from "../wire/publish.ts";
import { encodePublishHeadV5, sizeOfPublishV5 } from "../wire/v5/publish.ts";
import { Alias, hopOf, type Variant } from "./layouts.ts";
import type { Message } from "./message.ts";
import { OutgoingPublish } from "./outgoing.ts";
import type { QueuedMessage } from "./queue.ts";

/** The write side of a connection. */
export interface Outlet {
  /** That of the connection. */
  readonly protocolLevel: ProtocolLevel;
  /** False while more bytes wait than max_write_backlog. */
  readonly hasRoom: boolean;
  /** Bytes of the largest packet that the client takes; MAX_PACKET_SIZE: any. */
  readonly maximumPacketSize: number;
  /** QoS 1 and 2 messages that the client takes at a time. */
  readonly receiveMaximum: number;
  /** Undefined: the client takes none. */
  readonly aliases: AliasesOfTopics | undefined;
  /** Sends a QoS 0 PUBLISH frame under this first byte. */
  pushPublish(frame: Uint8Array, header: number): void;
  /** Sends a QoS 1 or 2 PUBLISH frame under this first byte and packet id. */
  pushPublishWithId(frame: Uint8Array, header: number, topicLength: number, packetId: number): void;
  /** Sends a PUBLISH frame of MQTT 5 whose first property is a topic alias; packet id 0: QoS 0. */
  pushAliased(
    frame: Uint8Array,
    header: number,
    topicLength: number,
    packetId: number,
    topicAlias: number,
  ): void;
  /** Sends a PUBLISH whose payload never changes again, by reference. */
  pushParts(head: Uint8Array, payload: Uint8Array): void;
  /**
   * The PUBLISH that was pushed last is one of this message; undefined: no one counts that.
   * @param readAt when it was read; undefined: that does not count
   */
  published?(payloadLength: number, readAt: number | undefined): void;
  /** Sends a PUBLISH made of its parts, which are copied; packet id 0: QoS 0. Of MQTT 5 it has no properties. */
  pushCopied(
    header: number,
    topic: Uint8Array,
    packetId: number,
    payload: Pick<Message, "bytes" | "offset" | "payloadLength">,
  ): void;
  /** Sends a packet of four bytes: type and packet id. */
  pushAck(header: number, packetId: number): void;
}

/** Aliases for topic names that are sent. */
export interface AliasesOfTopics {
  /** The alias of a name of that many bytes; negative: it is new; 0: none. */
  use(topicName: string, bytes: number): number;
}

/** From here on a payload is shared by all receivers, not copied for each. */
const LARGE_PAYLOAD = 32_768;
/** What an alias beside a topic name takes. */
const ALIAS_BYTES = 3;

/** Does the client take a packet of this size? Else it is never sent [MQTT-3.1.2-24]. */
export function takes(
  outlet: Outlet,
  publish: OutgoingPublish,
  qos: QoS,
  identifiers: readonly number[] | undefined,
): boolean {
  const { maximumPacketSize } = outlet;
  return maximumPacketSize >= MAX_PACKET_SIZE ||
    sizeFor(outlet.protocolLevel, publish, qos, identifiers) <= maximumPacketSize;
}

function sizeFor(
  level: ProtocolLevel,
  publish: OutgoingPublish,
  qos: QoS,
  identifiers: readonly number[] | undefined,
): number {
  const { topic: { length }, payloadLength, carried } = publish;
  if (level < 5) return sizeOfPublish(qos, length, payloadLength);
  const hop = hopOf(publish, { identifiers, alias: Alias.NONE });
  return sizeOfPublishV5(qos, length, carried, hop, payloadLength);
}

/** Sends a message under this first byte; packet id 0: QoS 0. */
export function pushMessage(
  outlet: Outlet,
  publish: OutgoingPublish,
  qos: QoS,
  header: number,
  packetId: number,
  identifiers: readonly number[] | undefined,
): void {
  if (outlet.protocolLevel === 5 && (identifiers !== undefined || outlet.aliases !== undefined)) {
    pushVariant(outlet, publish, qos, header, packetId, identifiers);
  } else if (publish.payloadLength < LARGE_PAYLOAD) {
    const frame = publish.frameFor(outlet.protocolLevel, qos);
    pushFrame(outlet, frame, header, publish.topic.length, packetId);
  } else pushShared(outlet, publish, header, packetId);
  outlet.published?.(publish.payloadLength, publish.readAt);
}

/** Sends a message that was kept; packet id 0: QoS 0. */
export function pushKept(
  outlet: Outlet,
  { message, qos, retain, identifiers }: QueuedMessage,
  packetId: number,
  now: number,
): void {
  const header = publishHeader(qos, retain, false);
  if (!isPlain(outlet, message, identifiers)) {
    const publish = OutgoingPublish.of(message, now);
    return pushMessage(outlet, publish, qos, header, packetId, identifiers);
  }
  outlet.pushCopied(header, message.topic, packetId, message);
  outlet.published?.(message.payloadLength, undefined);
}

/** Does its frame have a topic name, a payload, and nothing else that matters? */
function isPlain(
  outlet: Outlet,
  { payloadLength, properties, expiresAt }: Message,
  identifiers: readonly number[] | undefined,
): boolean {
  if (payloadLength >= LARGE_PAYLOAD) return false;
  return outlet.protocolLevel < 5 ||
    (properties === undefined && expiresAt === undefined && identifiers === undefined &&
      outlet.aliases === undefined);
}

function pushFrame(
  outlet: Outlet,
  frame: Uint8Array,
  header: number,
  topicLength: number,
  packetId: number,
): void {
  if (packetId === 0) outlet.pushPublish(frame, header);
  else outlet.pushPublishWithId(frame, header, topicLength, packetId);
}

/** To a client of MQTT 5 that gets subscription identifiers or takes aliases. */
function pushVariant(
  outlet: Outlet,
  publish: OutgoingPublish,
  qos: QoS,
  header: number,
  packetId: number,
  identifiers: readonly number[] | undefined,
): void {
  const topicAlias = aliasFor(outlet, publish, qos, identifiers);
  const alias = topicAlias === 0 ? Alias.NONE : topicAlias < 0 ? Alias.SET : Alias.USED;
  const variant = { identifiers, alias };
  if (publish.payloadLength >= LARGE_PAYLOAD) {
    return pushShared(outlet, publish, header, packetId, variant, Math.abs(topicAlias));
  }
  if (alias !== Alias.NONE) {
    const frame = publish.variantFor(qos, variant);
    const topicLength = alias === Alias.USED ? 0 : publish.topic.length;
    return outlet.pushAliased(frame, header, topicLength, packetId, Math.abs(topicAlias));
  }
  const frame = identifiers === undefined
    ? publish.frameFor(5, qos)
    : publish.variantFor(qos, variant);
  pushFrame(outlet, frame, header, publish.topic.length, packetId);
}

/** What `use` says; none where the bytes of a new one would make the packet too large. */
function aliasFor(
  { aliases, maximumPacketSize }: Outlet,
  publish: OutgoingPublish,
  qos: QoS,
  identifiers: readonly number[] | undefined,
): number {
  if (aliases === undefined) return 0;
  // One byte more for each of the two lengths that may grow with it.
  const fits = maximumPacketSize >= MAX_PACKET_SIZE ||
    sizeFor(5, publish, qos, identifiers) + ALIAS_BYTES + 2 <= maximumPacketSize;
  return fits ? aliases.use(publish.topicName, publish.topic.length) : 0;
}

const PLAIN: Variant = { identifiers: undefined, alias: Alias.NONE };
const NO_TOPIC = new Uint8Array(0);

function pushShared(
  outlet: Outlet,
  publish: OutgoingPublish,
  header: number,
  packetId: number,
  variant = PLAIN,
  topicAlias = 0,
): void {
  const { payloadLength, carried } = publish;
  if (outlet.protocolLevel < 5) {
    const head = encodePublishHead(header, publish.topic, packetId, payloadLength);
    return outlet.pushParts(head, publish.message.payload);
  }
  const topic = variant.alias === Alias.USED ? NO_TOPIC : publish.topic;
  const hop = hopOf(publish, variant, topicAlias);
  const head = encodePublishHeadV5(header, topic, packetId, carried, hop, payloadLength);
  outlet.pushParts(head, publish.message.payload);
}
