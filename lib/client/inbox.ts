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
import { ReceivedMessage } from "./message.ts";
import type { Holding, Receiver } from "./receivers.ts";
import { PublishFields, readPublish } from "../wire/publish.ts";
import { Header } from "../wire/fixed_header.ts";
import type { PacketSink } from "./packet_sink.ts";

/** While the user waits for an answer, how many times more may come than otherwise. */
const PATIENCE = 8;
const NOBODY: readonly Receiver[] = [];

/** Everything that comes in as PUBLISH. */
export class Inbox implements Holding {
  readonly #maxReadBacklog: number;
  /** Does the user wait for the broker? */
  readonly #awaitsBroker: () => boolean;
  readonly #receivers = new Set<Receiver>();
  /** Rises with every change of the receivers. */
  #generation = 0;
  readonly #topics = new TopicCache<readonly Receiver[]>(readTopicName);
  #lastTopic: TopicEntry<readonly Receiver[]> | undefined;
  readonly #fields = new PublishFields();
  /** QoS 2 messages that were handed over and whose PUBREL has not come. */
  readonly #received = new Set<number>();
  #acks: AckQueue | undefined;
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

  attach(sink: PacketSink, sessionPresent: boolean): void {
    if (!sessionPresent) this.#received.clear();
    this.#sink = sink;
    this.#acks = new AckQueue(sink);
  }

  detach(): void {
    this.#acks?.close();
    this.#acks = this.#sink = undefined;
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
    readPublish(bytes, cursor, fields);
    const entry = this.#lookUp(bytes, fields.topicStart, fields.topicEnd);
    const { qos, packetId } = fields;
    if (qos === 2 && this.#isDuplicate(packetId)) {
      return this.#acks?.pushAck(Header.PUBREC, packetId);
    }
    const receivers = entry.match!;
    if (receivers.length > 0) {
      const payload = bytes.slice(fields.payloadStart, cursor.end);
      const { retain, dup } = fields;
      this.#deliver(
        receivers,
        new ReceivedMessage(entry.topicName, payload, qos, retain, dup, packetId),
        packetId,
      );
    } else if (qos > 0) this.#acks?.pushAck(ackHeader(qos), packetId);
    if (this.#isBehind) return (this.#gate ??= Promise.withResolvers<void>()).promise;
  }

  /** PUBREL: the id may be used for another message; always answered [MQTT-4.3.3-2]. */
  released(packetId: number): void {
    this.#received.delete(packetId);
    this.#sink?.pushAck(Header.PUBCOMP, packetId);
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

  #lookUp(bytes: Uint8Array, start: number, end: number): TopicEntry<readonly Receiver[]> {
    let entry = this.#lastTopic;
    if (entry === undefined || !entry.equals(bytes, start, end)) {
      entry = this.#lastTopic = this.#topics.lookUp(bytes, start, end);
    }
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

function ackHeader(qos: number): number {
  return qos === 1 ? Header.PUBACK : Header.PUBREC;
}

function readTopicName(buffer: Uint8Array, start: number, end: number): string {
  const topicName = decodeUtf8(buffer, start, end, "topic name");
  const problem = topicNameProblem(topicName);
  if (problem !== undefined) throw new MalformedPacketError(problem, "3.3.2.1");
  return topicName;
}
