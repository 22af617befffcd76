/**
 * One message on its way to many sessions. Invariants: it borrows what it was made of and lives for one turn; each
 * layout of PUBLISH is encoded when it is first asked for, once for all receivers; what is kept is a copy.
 */
import type { ProtocolLevel, QoS } from "../wire/packets.ts";
import { encodePublishFrame, publishHeader } from "../wire/publish.ts";
import type { Message, Origin } from "./message.ts";

const PLACEHOLDER_ID = 1;

/** A message as values; the payload is borrowed. */
export interface PublishValues {
  readonly topicName: string;
  /** The topic name's UTF-8. */
  readonly topic: Uint8Array;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly origin: Origin;
}

/** A message under way, with a frame for each layout: without packet id (QoS 0), with one above. */
export class OutgoingPublish {
  readonly topicName: string;
  readonly topic: Uint8Array;
  readonly payloadLength: number;
  readonly qos: QoS;
  /** The publisher's RETAIN flag; live deliveries carry 0 [MQTT-3.3.1-9]. */
  readonly retain: boolean;
  readonly origin: Origin;
  /** That of a message (message.ts), given when it begins to spread; 0 before. */
  order = 0;
  publisher: string | undefined = undefined;
  #payload: Uint8Array | undefined;
  #plainFrame: Uint8Array | undefined;
  #idFrame: Uint8Array | undefined;
  #message: Message | undefined;

  private constructor(
    topicName: string,
    topic: Uint8Array,
    payloadLength: number,
    qos: QoS,
    retain: boolean,
    origin: Origin,
  ) {
    this.topicName = topicName;
    this.topic = topic;
    this.payloadLength = payloadLength;
    this.qos = qos;
    this.retain = retain;
    this.origin = origin;
  }

  /**
   * A message that came in as this frame, which serves as the frame of its own layout. Most are handed on without
   * the payload being looked at, and a view of it would cost as much as the copy: its length is enough.
   * @param frame a whole PUBLISH of MQTT 3.1.1, its remaining length without needless zeros; borrowed
   * @param payloadLength how many bytes at the frame's end are payload
   */
  static fromFrame(
    frame: Uint8Array,
    payloadLength: number,
    topicName: string,
    topic: Uint8Array,
    qos: QoS,
    retain: boolean,
  ): OutgoingPublish {
    const publish = new OutgoingPublish(topicName, topic, payloadLength, qos, retain, "client");
    if (qos === 0) publish.#plainFrame = frame;
    else publish.#idFrame = frame;
    return publish;
  }

  /** A message made of values; no frame is encoded before one is asked for. */
  static fromValues(values: PublishValues): OutgoingPublish {
    const { topicName, topic, payload, qos, retain, origin } = values;
    const publish = new OutgoingPublish(topicName, topic, payload.length, qos, retain, origin);
    publish.#payload = payload;
    return publish;
  }

  /** A message that was kept. */
  static of(message: Message): OutgoingPublish {
    const publish = OutgoingPublish.fromValues(message);
    publish.#message = message;
    publish.order = message.order;
    publish.publisher = message.publisher;
    return publish;
  }

  /** Borrowed. */
  get payload(): Uint8Array {
    if (this.#payload === undefined) {
      const frame = (this.qos === 0 ? this.#plainFrame : this.#idFrame)!;
      this.#payload = frame.subarray(frame.length - this.payloadLength);
    }
    return this.#payload;
  }

  /**
   * The frame for receivers of this protocol level at this effective QoS. Its first byte, and above QoS 0 its packet
   * id, are placeholders: each receiver gets its own.
   */
  frameFor(_level: ProtocolLevel, qos: QoS): Uint8Array {
    return qos === 0 ? this.#plainFrame ??= this.#encode(0) : this.#idFrame ??= this.#encode(1);
  }

  /** A copy that may be kept; the payload alone is copied, never the whole read buffer. */
  get message(): Message {
    return this.#message ??= {
      topicName: this.topicName,
      topic: this.topic,
      payload: this.payload.slice(),
      qos: this.qos,
      retain: this.retain,
      origin: this.origin,
      order: this.order,
      publisher: this.publisher,
    };
  }

  #encode(qos: 0 | 1): Uint8Array {
    const header = publishHeader(qos, false, false);
    return encodePublishFrame(header, this.topic, PLACEHOLDER_ID, this.payload);
  }
}
