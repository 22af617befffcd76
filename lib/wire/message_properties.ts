/**
 * The properties of MQTT 5 that go with an application message from its publisher to its receivers, section 3.3.2.3.
 * Invariants: it owns its bytes and never changes; what is the matter of one hop alone (topic alias, subscription
 * identifiers, will delay) is not in it; user properties keep their order [MQTT-3.3.2-18].
 */
import { joined } from "../io.ts";
import { ProtocolError } from "./errors.ts";
import {
  type Properties,
  PropertiesOf,
  type PublishList,
  readList,
  readPublishList,
} from "./properties.ts";
import { PropertyList } from "./property_list.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

const NO_BYTES = new Uint8Array(0);

/** What of them every receiver gets. */
export class MessageProperties {
  /** As PUBLISH has them, without their length and without message expiry interval. */
  readonly bytes: Uint8Array;
  /** Message expiry interval as published, seconds; undefined: it never expires. */
  readonly expiry: number | undefined;

  private constructor(bytes: Uint8Array, expiry: number | undefined) {
    this.bytes = bytes;
    this.expiry = expiry;
  }

  /**
   * Those of a will, or of a message that the broker or its host makes; undefined where none is left.
   * @throws RangeError for what PUBLISH cannot carry
   */
  static of(properties: Properties | undefined): MessageProperties | undefined {
    if (properties === undefined) return undefined;
    const { messageExpiryInterval: expiry } = properties;
    const list = new PropertyList({
      ...properties,
      messageExpiryInterval: undefined,
      willDelayInterval: undefined,
      topicAlias: undefined,
      subscriptionIdentifiers: undefined,
    }, PropertiesOf.PUBLISH);
    if (list.length === 0 && expiry === undefined) return undefined;
    return new MessageProperties(list.length === 0 ? NO_BYTES : bytesOf(list), expiry);
  }

  /** Those that were kept: what `bytes` and `expiry` were. */
  static kept(bytes: Uint8Array, expiry: number | undefined): MessageProperties {
    return new MessageProperties(bytes, expiry);
  }

  /**
   * Those of a PUBLISH that was read; they are copied. Undefined where none is left.
   * @param expiry message expiry interval, seconds
   */
  static read(
    bytes: Uint8Array,
    { handedOn }: PublishList,
    expiry: number | undefined,
  ): MessageProperties | undefined {
    if (handedOn.length === 0) {
      return expiry === undefined ? undefined : new MessageProperties(NO_BYTES, expiry);
    }
    const [first] = handedOn;
    const own = handedOn.length === 1
      ? bytes.slice(first![0], first![1])
      : joined(handedOn.map(([from, to]) => bytes.subarray(from, to)));
    return new MessageProperties(own, expiry);
  }

  /** Decoded each time, for a kept one would take many times its bytes; message expiry interval as published. */
  get values(): Properties {
    const { bytes, expiry } = this;
    const values = readList(new Reader(bytes, 0, bytes.length), PropertiesOf.PUBLISH);
    if (expiry !== undefined) values.messageExpiryInterval = expiry;
    return values;
  }

  /** What it counts for, bytes. */
  get size(): number {
    return this.bytes.length;
  }
}

/** The list without its length. */
function bytesOf(list: PropertyList): Uint8Array {
  const writer = new Writer(0, list.size);
  list.write(writer);
  return writer.bytes.subarray(writer.bytes.length - list.length);
}

/** What a PUBLISH says beside its topic, payload and flags. */
export interface PublishProperties {
  /** Undefined: nothing that is handed on. */
  readonly carried: MessageProperties | undefined;
  /** 0: none. */
  readonly topicAlias: number;
}

/**
 * Reads the property list `bytes[from, to)` of a client's PUBLISH.
 * @throws MalformedPacketError, ProtocolError for what is none
 */
export function readPublishProperties(
  bytes: Uint8Array,
  from: number,
  to: number,
): PublishProperties {
  const list = readPublishList(new Reader(bytes, from, to));
  const { topicAlias = 0, messageExpiryInterval, subscriptionIdentifiers } = list.properties;
  if (subscriptionIdentifiers !== undefined) {
    throw new ProtocolError("a client's PUBLISH with subscription identifiers", "MQTT-3.3.4-6");
  }
  return { carried: MessageProperties.read(bytes, list, messageExpiryInterval), topicAlias };
}
