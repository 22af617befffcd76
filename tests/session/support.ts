/** A session's surroundings in the hands of a test: an outlet that keeps what it is given, and messages. */
import { Message } from "../../lib/session/message.ts";
import { OutgoingPublish } from "../../lib/session/outgoing.ts";
import { MAX_PACKET_SIZE } from "../../lib/wire/frame.ts";
import type { PayloadPlace } from "../../lib/net/write_buffer.ts";
import type { AliasesOfTopics, Outlet } from "../../lib/session/outlet.ts";
import type { RetainedSource } from "../../lib/session/replays.ts";
import type { SessionLimits } from "../../lib/session/limits.ts";
import { Session } from "../../lib/session/session.ts";
import { encodePublishFrame } from "../../lib/wire/publish.ts";
import type { ProtocolLevel, QoS } from "../../lib/wire/packets.ts";
import { bytes, parsePacket, parsePublish, utf8 } from "../support/raw_packets.ts";

/** A frame with a topic alias. */
interface Aliased {
  frame: Uint8Array;
  topicLength: number;
  packetId: number;
  topicAlias: number;
}

/** Takes everything; `hasRoom` is the test's. */
export class FakeOutlet implements Outlet {
  protocolLevel: ProtocolLevel = 4;
  hasRoom = true;
  maximumPacketSize = MAX_PACKET_SIZE;
  receiveMaximum = 65_535;
  aliases: AliasesOfTopics | undefined = undefined;
  /** What was sent: `payload/qos#id` with `/r` and `/dup`, or the ack's first byte and id. */
  readonly sent: string[] = [];
  /** What `pushAliased` was given. */
  readonly aliased: Aliased[] = [];
  /** Payloads given by reference. */
  readonly shared: Uint8Array[] = [];

  pushPublish(frame: Uint8Array, header: number): void {
    this.#publish(bytes(header, frame.subarray(1)));
  }

  pushPublishWithId(frame: Uint8Array, header: number, topicLength: number, id: number): void {
    const copy = bytes(header, frame.subarray(1));
    let at = 1;
    while (copy[at]! > 127) at++;
    copy.set([id >> 8, id & 255], at + 3 + topicLength);
    this.#publish(copy);
  }

  /** Of a frame of MQTT 5 with an alias in front of its other properties. */
  pushAliased(
    frame: Uint8Array,
    header: number,
    topicLength: number,
    packetId: number,
    topicAlias: number,
  ): void {
    this.aliased.push({
      frame: bytes(header, frame.subarray(1)),
      topicLength,
      packetId,
      topicAlias,
    });
  }

  pushParts(head: Uint8Array, payload: Uint8Array): void {
    this.shared.push(payload);
    this.#publish(bytes(head, payload));
  }

  pushCopied(
    header: number,
    topic: Uint8Array,
    packetId: number,
    { bytes, offset, payloadLength }: PayloadPlace,
  ): void {
    const payload = bytes.subarray(offset, offset + payloadLength);
    this.#publish(encodePublishFrame(header, topic, packetId, payload));
  }

  pushAck(header: number, packetId: number): void {
    this.sent.push(`${header.toString(16)}#${packetId}`);
  }

  /** Everything sent since the last look. */
  take(): string[] {
    return this.sent.splice(0);
  }

  #publish(frame: Uint8Array): void {
    const { payload, qos, id, retain, dup } = parsePublish(parsePacket(frame)!);
    const text = payload.length > 40 ? `${payload.length} bytes` : payload;
    this.sent.push(`${text}/${qos}#${id}${retain ? "/r" : ""}${dup ? "/dup" : ""}`);
  }
}

const NO_LIMITS: SessionLimits = {
  maxInflight: 65_535,
  maxInflightBytes: Infinity,
  receiveMaximum: 65_535,
  maxQueuedMessages: Infinity,
  maxQueuedBytes: Infinity,
};

/** A session with an outlet attached. */
export function attached(
  limits: Partial<SessionLimits> = {},
): { session: Session; outlet: FakeOutlet } {
  const session = new Session("c", Infinity, { ...NO_LIMITS, ...limits });
  const outlet = new FakeOutlet();
  session.attach(outlet);
  return { session, outlet };
}

/** A message on its way; its topic is `t` unless told otherwise. */
export function outgoing(payload: string | Uint8Array, qos: QoS = 1, topic = "t"): OutgoingPublish {
  return OutgoingPublish.fromValues({
    topicName: topic,
    topic: utf8(topic),
    payload: utf8(payload),
    qos,
    retain: false,
    origin: "client",
  });
}

const SENT = { publisher: "p", order: 0, properties: undefined, expiresAt: undefined };

/** A message that is kept. */
export function message(payload: string, qos: QoS = 1, topicName = "t", order = 0): Message {
  const [topic, body] = [utf8(topicName), utf8(payload)];
  return Message.of({
    topicName,
    topic,
    payload: body,
    qos,
    retain: true,
    origin: "client",
    ...SENT,
    order,
  });
}

/** A filter that matches everything, of which one message is retained. */
export function sourceOf(kept: Message): RetainedSource {
  return { since: Infinity, find: () => [kept], current: () => kept, covers: () => true };
}
