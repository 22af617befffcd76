/**
 * One message on its way to many sessions. Invariants: it borrows what it was made of and lives for one turn; each
 * layout of PUBLISH is encoded when it is first asked for, once for all receivers; what is kept is a copy.
 */
import type { MessageProperties } from "../wire/message_properties.ts";
import type { ProtocolLevel, QoS } from "../wire/packets.ts";
import type { Properties } from "../wire/properties.ts";
import type { InflightMessage } from "./inflight.ts";
import { Layouts, type Variant } from "./layouts.ts";
import { Message, type Origin } from "./message.ts";
import type { PayloadSlabs } from "./payload_slabs.ts";

/** A message as values; the payload is borrowed. */
export interface PublishValues {
  readonly topicName: string;
  /** The topic name's UTF-8. */
  readonly topic: Uint8Array;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly origin: Origin;
  readonly properties?: MessageProperties | undefined;
}

/** A message under way, with a frame for each layout: by version, without packet id (QoS 0) or with one above. */
export class OutgoingPublish {
  readonly topicName: string;
  readonly topic: Uint8Array;
  readonly payloadLength: number;
  readonly qos: QoS;
  /** The publisher's RETAIN flag; live deliveries carry 0 [MQTT-3.3.1-12]. */
  readonly retain: boolean;
  readonly origin: Origin;
  /** Of MQTT 5. */
  readonly carried: MessageProperties | undefined;
  /** That of a message (message.ts), given when it begins to spread; 0 before. */
  order = 0;
  publisher: string | undefined = undefined;
  /** When its chunk was read, where someone wants to know how long it takes and it has not waited. */
  readAt: number | undefined = undefined;
  #payload: Uint8Array | undefined;
  /** That it came in as: the layout of its own version and QoS. */
  #frame: Uint8Array | undefined;
  #isV5 = false;
  /** What few messages have: other layouts, and a time. */
  #others: Layouts | undefined;
  #message: Message | undefined;
  #shared: InflightMessage | undefined;

  private constructor(
    topicName: string,
    topic: Uint8Array,
    payloadLength: number,
    qos: QoS,
    retain: boolean,
    origin: Origin,
    carried: MessageProperties | undefined,
  ) {
    this.topicName = topicName;
    this.topic = topic;
    this.payloadLength = payloadLength;
    this.qos = qos;
    this.retain = retain;
    this.origin = origin;
    this.carried = carried;
  }

  /**
   * A message that came in as this frame, which serves as the frame of its own layout. Most are handed on without
   * the payload being looked at, and a view of it would cost as much as the copy: its length is enough.
   * @param frame a whole PUBLISH, its remaining length without needless zeros, without a topic alias; borrowed
   * @param isV5 is it one of MQTT 5?
   * @param payloadLength how many bytes at the frame's end are payload
   */
  static fromFrame(
    frame: Uint8Array,
    isV5: boolean,
    payloadLength: number,
    topicName: string,
    topic: Uint8Array,
    qos: QoS,
    retain: boolean,
    carried: MessageProperties | undefined = undefined,
  ): OutgoingPublish {
    const publish = new OutgoingPublish(
      topicName,
      topic,
      payloadLength,
      qos,
      retain,
      "client",
      carried,
    );
    publish.#frame = frame;
    publish.#isV5 = isV5;
    return publish;
  }

  /** A message made of values; no frame is encoded before one is asked for. */
  static fromValues(values: PublishValues): OutgoingPublish {
    const { topicName, topic, payload, qos, retain, origin, properties } = values;
    const { length } = payload;
    const publish = new OutgoingPublish(topicName, topic, length, qos, retain, origin, properties);
    publish.#payload = payload;
    return publish;
  }

  /**
   * A message that was kept.
   * @param now on the clock of its `expiresAt`; it counts where the message is sent
   */
  static of(message: Message, now = 0): OutgoingPublish {
    const publish = OutgoingPublish.fromValues(message);
    publish.#message = message;
    publish.order = message.order;
    publish.publisher = message.publisher;
    const { expiresAt } = message;
    if (expiresAt === undefined) return publish;
    publish.expiresAt = expiresAt;
    publish.#others!.secondsLeft = Math.max(0, Math.ceil((expiresAt - now) / 1000)); // [MQTT-3.3.2-6]
    return publish;
  }

  /** When it is void, on the broker's clock, given when it begins to spread; undefined: never. */
  get expiresAt(): number | undefined {
    return this.#others?.expiresAt;
  }

  set expiresAt(time: number | undefined) {
    (this.#others ??= new Layouts(this)).expiresAt = time;
  }

  /** What it counts for where bytes are limited. */
  get size(): number {
    return this.payloadLength + this.topic.length + (this.carried?.size ?? 0);
  }

  /** For observers. */
  get properties(): Properties | undefined {
    return this.carried?.values;
  }

  /** Borrowed. */
  get payload(): Uint8Array {
    if (this.#payload === undefined) {
      const frame = this.#frame!;
      this.#payload = frame.subarray(frame.length - this.payloadLength);
    }
    return this.#payload;
  }

  /**
   * The frame for receivers of this protocol level at this effective QoS. Its first byte, and above QoS 0 its packet
   * id, are placeholders: each receiver gets its own.
   */
  frameFor(level: ProtocolLevel, qos: QoS): Uint8Array {
    const isV5 = level === 5;
    if (this.#frame !== undefined && isV5 === this.#isV5 && (qos === 0) === (this.qos === 0)) {
      return this.#frame;
    }
    return (this.#others ??= new Layouts(this)).frameFor(isV5, qos);
  }

  /** The frame for receivers of MQTT 5 that get more than the message's own properties; placeholders as above. */
  variantFor(qos: QoS, variant: Variant): Uint8Array {
    return (this.#others ??= new Layouts(this)).variantFor(qos, variant);
  }

  /** Seconds until it is void, as a receiver of MQTT 5 is told; undefined: never. */
  get secondsLeft(): number | undefined {
    return this.#others?.secondsLeft ?? this.carried?.expiry;
  }

  /** A copy that may be kept for long; the payload alone is copied, never the whole read buffer. */
  get message(): Message {
    if (this.#message !== undefined) return this.#message.own();
    return this.#message = new Message(this, this.carried, this.payload.slice());
  }

  /** The exchange, or what waits, of each receiver at QoS 1 that has nothing of its own in it; never changed. */
  shared(retain: boolean, message: Message): InflightMessage {
    const known = this.#shared;
    if (known !== undefined && known.retain === retain) return known;
    const [identifiers, group, record] = [undefined, undefined, undefined];
    return this.#shared = { message, qos: 1, retain, identifiers, group, record, released: false };
  }

  /** The same while it is under way: its payload may lie in a slab. */
  inSlab(slabs: PayloadSlabs): Message {
    if (this.#message !== undefined) return this.#message;
    const offset = slabs.put(this.#frame ?? this.payload, this.payloadLength);
    if (offset < 0) return this.message;
    const { payloadLength, carried } = this;
    const { bytes, number } = slabs;
    return this.#message = new Message(this, carried, bytes, offset, payloadLength, number);
  }
}
