/**
 * Application messages that are kept. Invariant: a payload's bytes never change; they are the message's own, or lie in a
 * slab (payload_slabs.ts) as long as the message is only under way, or with its topic in bytes that are lent.
 */
import type { MessageProperties } from "../wire/message_properties.ts";
import type { QoS } from "../wire/packets.ts";

/** Who sent a message into the broker. */
export type Origin = "client" | "broker";

/** What a message is made of. */
export interface MessageValues {
  readonly topicName: string;
  /** The topic name's UTF-8. */
  readonly topic: Uint8Array;
  /** From now on the message's own. */
  readonly payload: Uint8Array;
  /** As published. */
  readonly qos: QoS;
  readonly retain: boolean;
  readonly origin: Origin;
  /** Rises with every message that its broker takes in: which of two is older. */
  readonly order: number;
  /** The client id of its publisher; undefined for the broker's own. */
  readonly publisher: string | undefined;
  /** Of MQTT 5. */
  readonly properties: MessageProperties | undefined;
  /** When it is void, milliseconds of its broker's monotonic clock; undefined: never. */
  readonly expiresAt: number | undefined;
  /** For the journal: the edition of it that has the message; 0: none. */
  readonly recorded?: number;
}

/** What of it every form of a message has. */
export type MessageHead = Omit<MessageValues, "payload" | "properties" | "recorded">;

/** `slab` of a message that owns its payload. */
export const OWN = 0;
/** `slab` of one that lies, its topic too, where many lie: who keeps it has to call `own`. */
export const LENT = -1;

/** An application message: inflight, queued or retained. */
export class Message {
  readonly topicName: string;
  topic: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly origin: Origin;
  readonly order: number;
  readonly publisher: string | undefined;
  readonly properties: MessageProperties | undefined;
  readonly expiresAt: number | undefined;
  recorded = 0;
  readonly payloadLength: number;
  /** Where the payload lies: the message's own bytes, or those of a slab. */
  bytes: Uint8Array;
  /** Where in them it begins. */
  offset: number;
  /** The number of the slab; OWN: none. */
  slab: number;

  /**
   * @param bytes where the payload lies: unless the next two are given, all of them are the payload, and the message's own from now on
   * @param slab number of the slab whose bytes they are
   */
  constructor(
    head: MessageHead,
    properties: MessageProperties | undefined,
    bytes: Uint8Array,
    offset = 0,
    payloadLength = bytes.length,
    slab: number = OWN,
  ) {
    this.topicName = head.topicName;
    this.topic = head.topic;
    this.qos = head.qos;
    this.retain = head.retain;
    this.origin = head.origin;
    this.order = head.order;
    this.publisher = head.publisher;
    this.properties = properties;
    this.expiresAt = head.expiresAt;
    this.bytes = bytes;
    this.offset = offset;
    this.payloadLength = payloadLength;
    this.slab = slab;
  }

  /** One that owns its payload. */
  static of(values: MessageValues): Message {
    const message = new Message(values, values.properties, values.payload);
    message.recorded = values.recorded ?? 0;
    return message;
  }

  /** Never changes. A view is made each time where the payload lies in a slab, which is not to be kept. */
  get payload(): Uint8Array {
    const { bytes, offset, payloadLength } = this;
    return this.slab === OWN ? bytes : bytes.subarray(offset, offset + payloadLength);
  }

  /** From now on the payload is the message's own: what may stay for long must not keep a slab in memory. */
  own(): this {
    if (this.slab === LENT) this.moveTo(this.topic.slice(), this.payload.slice());
    else if (this.slab !== OWN) this.moveTo(this.topic, this.payload.slice());
    return this;
  }

  /** The same bytes at other places, which are the message's from now on. */
  moveTo(topic: Uint8Array, payload: Uint8Array): void {
    this.topic = topic;
    this.bytes = payload;
    this.offset = 0;
    this.slab = OWN;
  }

  /** Another message like this one, which owns its payload. */
  with(changes: Partial<Omit<MessageValues, "topicName" | "topic" | "payload">>): Message {
    const { payload } = this.own();
    return Message.of({ ...this, payload, ...changes });
  }
}

/** What a message counts for where bytes are limited: its payload, topic name and properties. */
export function sizeOf({ payloadLength, topic, properties }: Message): number {
  return payloadLength + topic.length + (properties === undefined ? 0 : properties.size);
}
