/**
 * A message that is kept for long, small: retained messages are kept by the million. Invariants: what was packed comes
 * back as it was, but for the identity of its object; a message of 64 bytes takes a quarter of what it takes unpacked.
 */
import { bytesOfLatin1, latin1Of, putLatin1 } from "../latin1.ts";
import type { MessageProperties } from "../wire/message_properties.ts";
import type { QoS } from "../wire/packets.ts";
import { encodeUtf8 } from "../wire/utf8.ts";
import { LENT, Message, type MessageHead, OWN } from "./message.ts";

/** From this size on a payload stays bytes: what these take beside their own is then little. */
const LARGE = 1024;
const QOS = 0x03;
const RETAIN = 0x04;
const BROKER = 0x08;
/** From this bit on: the length of the topic name. */
const LENGTH_SHIFT = 4;

/** What is packed. */
export interface Packable extends MessageHead {
  readonly payload: Uint8Array;
  readonly payloadLength: number;
}

/** Of MQTT 5, and of few messages. */
interface More {
  readonly properties: MessageProperties | undefined;
  readonly expiresAt: number | undefined;
}

/** A message as it is kept. */
export class PackedMessage {
  readonly topicName: string;
  readonly order: number;
  readonly publisher: string | undefined;
  readonly #bits: number;
  readonly #payload: string | Uint8Array;
  readonly #more: More | undefined;
  readonly #recorded: number;

  /**
   * @param from its payload is copied
   * @param recorded the edition of the journal that has it; 0: none
   */
  constructor(from: Packable, properties: MessageProperties | undefined, recorded: number) {
    const { topicName, topic, qos, retain, origin, payload, expiresAt } = from;
    this.topicName = topicName;
    this.order = from.order;
    this.publisher = from.publisher;
    this.#bits = qos | (retain ? RETAIN : 0) | (origin === "broker" ? BROKER : 0) |
      (topic.length << LENGTH_SHIFT);
    this.#payload = payload.length < LARGE ? latin1Of(payload) : payload.slice();
    const isPlain = properties === undefined && expiresAt === undefined;
    this.#more = isPlain ? undefined : { properties, expiresAt };
    this.#recorded = recorded;
  }

  /** As published. */
  get qos(): QoS {
    return (this.#bits & QOS) as QoS;
  }

  get payloadLength(): number {
    return this.#payload.length;
  }

  /** When it is void, as a message has it. */
  get expiresAt(): number | undefined {
    return this.#more?.expiresAt;
  }

  /** What it counts for where bytes are limited, as `sizeOf` says of a message. */
  get size(): number {
    return this.#topicLength + this.#payload.length + (this.#more?.properties?.size ?? 0);
  }

  /** The message. */
  unpack(): Message {
    const { topicName } = this;
    const topic = this.#isAscii ? bytesOfLatin1(topicName) : encodeUtf8(topicName, "topic name");
    const payload = this.#payload;
    return this.#message(topic, typeof payload === "string" ? bytesOfLatin1(payload) : payload);
  }

  /** The message where it is only looked at or sent: by bytes of `space`, which take a quarter of the time. */
  lend(space: LentBytes): Message {
    const payload = this.#payload;
    if (typeof payload !== "string" || !this.#isAscii) return this.unpack();
    const { length } = this.topicName;
    const at = space.take(length + payload.length);
    const { bytes } = space;
    putLatin1(bytes, at, this.topicName);
    putLatin1(bytes, at + length, payload);
    const topic = bytes.subarray(at, at + length);
    return this.#message(topic, bytes, at + length, payload.length, LENT);
  }

  #message(
    topic: Uint8Array,
    bytes: Uint8Array,
    at = 0,
    length = bytes.length,
    slab: number = OWN,
  ) {
    const { topicName, order, publisher, qos, expiresAt } = this;
    const retain = (this.#bits & RETAIN) !== 0;
    const origin = (this.#bits & BROKER) === 0 ? "client" : "broker";
    const head = { topicName, topic, qos, retain, origin, order, publisher, expiresAt } as const;
    const message = new Message(head, this.#more?.properties, bytes, at, length, slab);
    message.recorded = this.#recorded;
    return message;
  }

  get #isAscii(): boolean {
    return this.topicName.length === this.#topicLength;
  }

  get #topicLength(): number {
    return this.#bits >>> LENGTH_SHIFT;
  }
}

const SPACE_BYTES = 16_384;

/** Bytes for messages that are lent, one behind the other. Invariant: none is given twice. */
export class LentBytes {
  bytes = new Uint8Array(0);
  #used = 0;

  /** @returns where in `bytes`, which is another array perhaps, that many begin */
  take(length: number): number {
    if (this.#used + length > this.bytes.length) {
      this.bytes = new Uint8Array(Math.max(SPACE_BYTES, length));
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += length;
    return at;
  }
}
