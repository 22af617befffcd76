/** A message as the client's user gets it. Invariant: it owns its payload and may be kept. */
import type { QoS } from "../wire/packets.ts";

const DECODER = new TextDecoder();

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

  /** Copies nothing. */
  constructor(
    topicName: string,
    payload: Uint8Array,
    qos: QoS,
    retain: boolean,
    dup: boolean,
    packetId = 0,
  ) {
    this.topicName = topicName;
    this.payload = payload;
    this.qos = qos;
    this.retain = retain;
    this.dup = dup;
    this.packetId = packetId;
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
