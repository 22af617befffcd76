/** A message as the client's user gets it. Invariant: it owns its payload and may be kept. */
import type { QoS } from "../wire/packets.ts";
import type { Properties, UserProperty } from "../wire/properties.ts";

const DECODER = new TextDecoder();

/** What MQTT 5 says of a message beside its topic and payload; what is absent was not said. */
export interface ReceivedProperties {
  /** 1: the publisher says that the payload is UTF-8. */
  readonly payloadFormatIndicator?: 0 | 1 | undefined;
  /** Seconds that the message had left when the broker sent it. */
  readonly messageExpiryInterval?: number | undefined;
  /** Such as `application/json`. */
  readonly contentType?: string | undefined;
  /** Where an answer is wanted. */
  readonly responseTopic?: string | undefined;
  /** To be sent back with the answer; its own copy. */
  readonly correlationData?: Uint8Array | undefined;
  /** Of the subscriptions that the message was sent for. */
  readonly subscriptionIdentifiers?: readonly number[] | undefined;
  /** In order. */
  readonly userProperties?: readonly UserProperty[] | undefined;
}

const NO_PROPERTIES: ReceivedProperties = Object.freeze({});

/** A copy that may be kept, of properties that borrow from the read buffer. */
export function keptProperties(borrowed: Properties): ReceivedProperties {
  const { topicAlias: _, correlationData, ...others } = borrowed;
  return correlationData === undefined
    ? others
    : { ...others, correlationData: correlationData.slice() };
}

/** An application message that the broker has sent. */
export class ReceivedMessage {
  /** The topic that it was published to. */
  readonly topicName: string;
  /** Its own copy; no one else writes to it. */
  readonly payload: Uint8Array;
  /** The QoS it came with: the lower of publication and subscription. */
  readonly qos: QoS;
  /** True for a retained message sent because of a new subscription. */
  readonly retain: boolean;
  /** The broker has sent it before and does not know whether it arrived. */
  readonly dup: boolean;
  /** Of its PUBLISH; 0 at QoS 0, which has none. */
  readonly packetId: number;
  /** Empty before MQTT 5. */
  readonly properties: ReceivedProperties;
  /** Bytes that its properties took in its PUBLISH. */
  readonly propertySize: number;

  /** Copies nothing. */
  constructor(
    topicName: string,
    payload: Uint8Array,
    qos: QoS,
    retain: boolean,
    dup: boolean,
    packetId = 0,
    properties = NO_PROPERTIES,
    propertySize = 0,
  ) {
    this.topicName = topicName;
    this.payload = payload;
    this.qos = qos;
    this.retain = retain;
    this.dup = dup;
    this.packetId = packetId;
    this.properties = properties;
    this.propertySize = propertySize;
  }

  /** The payload as UTF-8; ill-formed bytes become U+FFFD. */
  text(): string {
    return DECODER.decode(this.payload);
  }

  /** The payload as JSON; throws SyntaxError when it is none. */
  json(): unknown {
    return JSON.parse(this.text());
  }
}
