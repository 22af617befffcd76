/**
 * What the broker sends: PUBLISH to the receivers, and the answers to it. Synchronous. Invariants: a QoS 2 message is
 * handed over once however often it is sent, also over several connections of one session [MQTT-4.3.3-2]; PUBACK
 * and PUBREC leave in the order of the PUBLISHes, each when its message has been handled; PUBCOMP waits for no
 * handler, which may itself wait for what the broker sends after it; reading stops while receivers are behind,
 * except while the user waits for an answer of the broker, for else both would wait for ever.
 */
import { topicNameProblem } from "../topic/filter.ts";
import { TopicCache, type TopicEntry } from "../topic/topic_cache.ts";
import { MalformedPacketError } from "../wire/errors.ts";
import type { FrameCursor } from "../wire/frame.ts";
import { decodeUtf8 } from "../wire/utf8.ts";
import { AckQueue } from "../net/ack_queue.ts";
import { Incoming } from "./incoming.ts";
import { keptProperties, ReceivedMessage } from "./message.ts";
import type { Holding, Receiver } from "./receivers.ts";
import type { ConnectPacket } from "../wire/packets.ts";
import type { Properties } from "../wire/properties.ts";
import { PublishFields, readPublish } from "../wire/publish.ts";
import { readPublishV5 } from "../wire/v5/publish.ts";
import { Header } from "../wire/fixed_header.ts";
import type { PacketSink } from "./packet_sink.ts";

/** While the user waits for an answer, how many times more may come than otherwise. */
const PATIENCE = 8;
const NOBODY: readonly Receiver[] = [];

type Topic = TopicEntry<readonly Receiver[]>;

/** Everything that comes in as PUBLISH. */
export class Inbox implements Holding {
  readonly #maxReadBacklog: number;
  /** Does the user wait for the broker? */
  readonly #awaitsBroker: () => boolean;
  readonly #receivers = new Set<Receiver>();
  /** Rises with every change of the receivers. */
  #generation = 0;
  readonly #topics = new TopicCache<readonly Receiver[]>(readTopicName);
  #lastTopic: Topic | undefined;
  readonly #fields = new PublishFields();
  /** QoS 2 messages that were handed over and whose PUBREL has not come. */
  readonly #received = new Set<number>();
  #acks: AckQueue | undefined;
  /** Undefined before MQTT 5. */
  #incoming: Incoming<Topic> | undefined;
  #sink: PacketSink | undefined;
  #held = 0;
  #gate: PromiseWithResolvers<void> | undefined;

  constructor(maxReadBacklog: number, awaitsBroker: () => boolean) {
    this.#maxReadBacklog = maxReadBacklog;
    this.#awaitsBroker = awaitsBroker;
  }

  add(receiver: Receiver): () => void {
    this.#receivers.add(receiver);
    this.#generation++;
    return () => {
      if (this.#receivers.delete(receiver)) this.#generation++;
    };
  }

  attach(sink: PacketSink, sessionPresent: boolean, connect: ConnectPacket): void {
    if (!sessionPresent) this.#received.clear();
    this.#sink = sink;
    this.#incoming = connect.protocolLevel < 5 ? undefined : new Incoming(sink, connect);
    this.#acks = new AckQueue(this.#incoming ?? sink);
  }

  detach(): void {
    this.#acks?.close();
    this.#acks = this.#sink = this.#incoming = undefined;
    this.resume();
  }

  /** The client is closed. */
  end(error: Error | undefined): void {
    for (const receiver of [...this.#receivers]) {
      if (receiver.end(error)) this.#receivers.delete(receiver);
    }
    this.#generation++;
  }

  /**
   * Takes the PUBLISH that the cursor points at.
   * @returns a promise when the receivers are behind: read no further before it resolves
   */
  publish(bytes: Uint8Array, cursor: FrameCursor): void | Promise<void> {
    const fields = this.#fields;
    const incoming = this.#incoming;
    if (incoming !== undefined) return this.#publish5(bytes, cursor, incoming);
    readPublish(bytes, cursor, fields);
    const entry = this.#lookUp(bytes, fields.topicStart, fields.topicEnd);
    return this.#take(bytes, cursor, entry, undefined);
  }

  #publish5(
    bytes: Uint8Array,
    cursor: FrameCursor,
    incoming: Incoming<Topic>,
  ): void | Promise<void> {
    const fields = this.#fields;
    readPublishV5(bytes, cursor, fields);
    const { topicStart, topicEnd, qos, packetId } = fields;
    const properties = incoming.properties(bytes, fields);
    const named = topicStart < topicEnd ? this.#lookUp(bytes, topicStart, topicEnd) : undefined;
    const topic = incoming.topic(named, properties);
    incoming.count(qos, packetId);
    return this.#take(bytes, cursor, named ?? this.#matched(topic), properties);
  }

  /** Hands the message over, unless it came before. */
  #take(
    bytes: Uint8Array,
    cursor: FrameCursor,
    entry: Topic,
    properties: Properties | undefined,
  ): void | Promise<void> {
    const { qos, packetId } = this.#fields;
    if (qos === 2 && this.#isDuplicate(packetId)) {
      return this.#acks?.pushAck(Header.PUBREC, packetId);
    }
    const receivers = chosen(entry.match!, properties);
    if (receivers.length > 0) {
      this.#deliver(receivers, this.#message(bytes, cursor.end, entry, properties), packetId);
    } else if (qos > 0) this.#acks?.pushAck(ackHeader(qos), packetId);
    if (this.#isBehind) return (this.#gate ??= Promise.withResolvers<void>()).promise;
  }

  #message(
    bytes: Uint8Array,
    end: number,
    { topicName }: Topic,
    properties: Properties | undefined,
  ): ReceivedMessage {
    const { qos, retain, dup, packetId, payloadStart, propertiesStart } = this.#fields;
    const payload = bytes.slice(payloadStart, end);
    if (properties === undefined) {
      return new ReceivedMessage(topicName, payload, qos, retain, dup, packetId);
    }
    const kept = keptProperties(properties);
    const size = payloadStart - propertiesStart;
    return new ReceivedMessage(topicName, payload, qos, retain, dup, packetId, kept, size);
  }

  /** PUBREL: the id may be used for another message; always answered [MQTT-4.3.3-2]. */
  released(packetId: number): void {
    const isKnown = this.#received.delete(packetId);
    if (this.#incoming !== undefined) this.#incoming.complete(packetId, isKnown);
    else this.#sink?.pushAck(Header.PUBCOMP, packetId);
  }

  hold(bytes: number): void {
    this.#held += bytes;
  }

  letGo(bytes: number): void {
    this.#held -= bytes;
    if (this.#gate !== undefined && this.#held * 2 <= this.#maxReadBacklog) this.resume();
  }

  /** Lets reading go on, for the user now waits for an answer. */
  resume(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  get #isBehind(): boolean {
    if (this.#held <= this.#maxReadBacklog || this.#sink === undefined) return false;
    return !this.#awaitsBroker() || this.#held > this.#maxReadBacklog * PATIENCE;
  }

  #isDuplicate(packetId: number): boolean {
    if (this.#received.has(packetId)) return true;
    this.#received.add(packetId);
    return false;
  }

  #deliver(receivers: readonly Receiver[], message: ReceivedMessage, packetId: number): void {
    let late: Receiver[] | undefined;
    for (const receiver of receivers) {
      if (!receiver.receive(message)) (late ??= []).push(receiver);
    }
    const { qos } = message;
    if (late === undefined) {
      if (qos > 0) this.#acks?.pushAck(ackHeader(qos), packetId);
      return;
    }
    const hold = qos > 0 ? this.#acks?.hold(late.length) : undefined;
    if (qos > 0) this.#acks?.pushAck(ackHeader(qos), packetId);
    for (const receiver of late) receiver.attach(hold);
  }

  #lookUp(bytes: Uint8Array, start: number, end: number): Topic {
    let entry = this.#lastTopic;
    if (entry === undefined || !entry.equals(bytes, start, end)) {
      entry = this.#lastTopic = this.#topics.lookUp(bytes, start, end);
    }
    return this.#matched(entry);
  }

  /** The entry with the receivers that there are now. */
  #matched(entry: Topic): Topic {
    if (entry.generation !== this.#generation) {
      entry.generation = this.#generation;
      entry.match = this.#match(entry.topicName);
    }
    return entry;
  }

  #match(topicName: string): readonly Receiver[] {
    const matching = [...this.#receivers].filter((receiver) => receiver.matches(topicName));
    return matching.length === 0 ? NOBODY : matching;
  }
}

/** Without those that want another subscription's messages. */
function chosen(
  matching: readonly Receiver[],
  properties: Properties | undefined,
): readonly Receiver[] {
  if (matching.every(({ identifier }) => identifier === undefined)) return matching;
  const identifiers = properties?.subscriptionIdentifiers ?? [];
  return matching.filter(({ identifier }) =>
    identifier === undefined || identifiers.includes(identifier)
  );
}

function ackHeader(qos: number): number {
  return qos === 1 ? Header.PUBACK : Header.PUBREC;
}

function readTopicName(buffer: Uint8Array, start: number, end: number): string {
  const topicName = decodeUtf8(buffer, start, end, "topic name");
  const problem = topicNameProblem(topicName);
  if (problem !== undefined) throw new MalformedPacketError(problem, "3.3.2.1");
  return topicName;
}
