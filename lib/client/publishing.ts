/**
 * A message on its way out: what it is, its frame, and what became of it. Pure. Invariants: a message is encoded once,
 * without a topic alias, so that it can be sent again on another connection; a frame that has left under an alias is
 * another one.
 */
import type { ReasonCode } from "../wire/codes.ts";
import type { MessageProperties } from "../wire/message_properties.ts";
import type { ProtocolLevel, QoS } from "../wire/packets.ts";
import type { UserProperty } from "../wire/properties.ts";
import { encodePublishFrame, packetIdOffset, publishHeader } from "../wire/publish.ts";
import { encodePublishFrameV5 } from "../wire/v5/publish.ts";
import type { Deferred } from "./deferred.ts";

/** How a publish has ended well. */
export interface PublishResult {
  /** 0, or 0x10: the broker has no subscriber for it. Always 0 at QoS 0 and before MQTT 5. */
  readonly reasonCode: ReasonCode;
  /** What the broker said for people. */
  readonly reasonString: string | undefined;
  /** Of PUBACK or PUBREC, in order. */
  readonly userProperties: readonly UserProperty[];
}

/** The usual end. */
export const PUBLISHED: PublishResult = Object.freeze({
  reasonCode: 0,
  reasonString: undefined,
  userProperties: [],
});

/** A message to publish: topic name and payload as bytes. */
export interface OutboxMessage {
  readonly topic: Uint8Array;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  /** MQTT 5. */
  readonly properties?: MessageProperties | undefined;
}

/** One message that waits or is under way. `frame` is its PUBLISH; the id is filled in when it leaves. */
export interface PendingPublish {
  readonly frame: Uint8Array;
  readonly qos: QoS;
  /** As given, for a topic alias. */
  readonly topic: Uint8Array;
  readonly properties: MessageProperties | undefined;
  readonly payloadLength: number;
  /** Where the packet id stands in the frame, or would. */
  readonly idAt: number;
  packetId: number;
  /** When it was given; then when it was sent last. */
  sentAt: number;
  readonly done: Deferred<PublishResult>;
  /** Of a QoS 2 message, what PUBREC said. */
  result?: PublishResult;
}

/** Stands in a frame until it leaves under a real one. */
const NO_ID = 1;
const NO_BYTES = new Uint8Array(0);

/** The whole PUBLISH, without an alias. */
export function frameOf(message: OutboxMessage, level: ProtocolLevel): Uint8Array {
  const { topic, payload, qos, retain, properties } = message;
  const header = publishHeader(qos, retain, false);
  if (level < 5) return encodePublishFrame(header, topic, NO_ID, payload);
  const hop = { expiry: properties?.expiry, identifiers: undefined, topicAlias: 0 };
  return encodePublishFrameV5(header, topic, NO_ID, properties, hop, payload);
}

/** A message that may wait. */
export function pendingOf(
  message: OutboxMessage,
  level: ProtocolLevel,
  now: number,
  done: Deferred<PublishResult>,
): PendingPublish {
  const { topic, qos, properties, payload } = message;
  const frame = frameOf(message, level);
  const idAt = packetIdOffset(frame, topic.length);
  const payloadLength = payload.length;
  return { frame, qos, topic, properties, payloadLength, idAt, packetId: 0, sentAt: now, done };
}

/**
 * The same PUBLISH with a topic alias; the first time the topic name stands beside it [MQTT-3.3.2-8].
 * @param expiry seconds that are left
 */
export function withAlias(message: PendingPublish, alias: number, isNew: boolean): Uint8Array {
  const { frame, topic, packetId, properties, payloadLength } = message;
  const payload = frame.subarray(frame.length - payloadLength);
  const hop = { expiry: expiryOf(message), identifiers: undefined, topicAlias: alias };
  const name = isNew ? topic : NO_BYTES;
  return encodePublishFrameV5(frame[0]!, name, packetId, properties, hop, payload);
}

/** Seconds of expiry that the frame has; undefined: it does not expire. */
function expiryOf(message: PendingPublish): number | undefined {
  if (message.properties?.expiry === undefined) return undefined;
  return viewOf(message).getUint32(expiryAt(message));
}

/**
 * Counts down the message expiry interval by the time that the message has waited.
 * @param waited milliseconds
 * @returns false where it is over
 */
export function countDown(message: PendingPublish, waited: number): boolean {
  const expiry = message.properties?.expiry;
  if (expiry === undefined) return true;
  const left = expiry - Math.floor(waited / 1000);
  if (left <= 0) return false;
  viewOf(message).setUint32(expiryAt(message), left);
  return true;
}

/** Without an alias it stands first of the properties, behind its identifier. */
function expiryAt({ frame, idAt, qos }: PendingPublish): number {
  let at = idAt + (qos > 0 ? 2 : 0);
  while (frame[at]! > 127) at++;
  return at + 2;
}

function viewOf({ frame }: PendingPublish): DataView {
  return new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
}
