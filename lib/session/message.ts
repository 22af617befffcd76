/**
 * Application messages, under way and kept. Used by sessions and the broker. Invariant: a `Message` owns
 * its payload and may be kept for ever; an `OutgoingPublish` borrows the read buffer and lives for one turn.
 */
import type { QoS } from "../wire/packets.ts";
import { encodePublishFrame, publishHeader } from "../wire/publish.ts";

/** An application message that owns its bytes: inflight, queued or retained. */
export interface Message {
  readonly topicName: string;
  /** The topic name's UTF-8. */
  readonly topic: Uint8Array;
  readonly payload: Uint8Array;
  /** As published. */
  readonly qos: QoS;
  readonly retain: boolean;
  readonly origin: "client" | "broker";
}

const PLACEHOLDER_ID = 1;

/**
 * One message on its way to many sessions. The two frame layouts of MQTT 3.1.1 (without packet id at
 * QoS 0, with one above) and the kept copy are made when first asked for, once for all receivers.
 */
export class OutgoingPublish {
  readonly topicName: string;
  readonly topic: Uint8Array;
  readonly payloadLength: number;
  readonly qos: QoS;
  /** The publisher's RETAIN flag; live deliveries carry 0 [MQTT-3.3.1-9]. */
  readonly retain: boolean;
  readonly origin: "client" | "broker";
  #payload: Uint8Array | undefined;
  #plainFrame: Uint8Array | undefined;
  #idFrame: Uint8Array | undefined;
  #message: Message | undefined;

  /**
   * @param payload borrowed; or how many bytes at the end of `inboundFrame` it has: most frames are handed on
   *   without anybody looking at the payload, and a view of it would cost as much as the copy
   * @param inboundFrame the PUBLISH as it came in, borrowed: it serves as the frame of its own layout
   */
  constructor(
    topicName: string,
    topic: Uint8Array,
    payload: Uint8Array | number,
    qos: QoS,
    retain: boolean,
    origin: "client" | "broker",
    inboundFrame: Uint8Array | undefined,
  ) {
    this.topicName = topicName;
    this.topic = topic;
    this.qos = qos;
    this.retain = retain;
    this.origin = origin;
    if (qos === 0) this.#plainFrame = inboundFrame;
    else this.#idFrame = inboundFrame;
    if (typeof payload === "number") {
      this.payloadLength = payload;
    } else {
      this.payloadLength = payload.length;
      this.#payload = payload;
    }
  }

  /** Borrowed. */
  get payload(): Uint8Array {
    if (this.#payload === undefined) {
      const frame = (this.qos === 0 ? this.#plainFrame : this.#idFrame)!;
      this.#payload = frame.subarray(frame.length - this.payloadLength);
    }
    return this.#payload;
  }

  static of(message: Message): OutgoingPublish {
    const { topicName, topic, payload, qos, retain, origin } = message;
    const publish = new OutgoingPublish(topicName, topic, payload, qos, retain, origin, undefined);
    publish.#message = message;
    return publish;
  }

  /** The frame for QoS 0; whoever sends it writes the first byte himself. */
  get plainFrame(): Uint8Array {
    return this.#plainFrame ??= encodePublishFrame(
      publishHeader(0, false, false),
      this.topic,
      0,
      this.payload,
    );
  }

  /** The frame for QoS 1 and 2; whoever sends it writes the first byte and the packet id himself. */
  get idFrame(): Uint8Array {
    return this.#idFrame ??= encodePublishFrame(
      publishHeader(1, false, false),
      this.topic,
      PLACEHOLDER_ID,
      this.payload,
    );
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
    };
  }
}
