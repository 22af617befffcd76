/**
 * Where a session's packets leave, and how a message is put there. Invariant: a small message is copied into the
 * receiver's buffer, a large payload is shared by all.
 */
import type { ProtocolLevel, QoS } from "../wire/packets.ts";
import { encodePublishHead } from "../wire/publish.ts";
import type { OutgoingPublish } from "./outgoing.ts";

/** The write side of a connection. */
export interface Outlet {
  /** That of the connection. */
  readonly protocolLevel: ProtocolLevel;
  /** False while more bytes wait than max_write_backlog. */
  readonly hasRoom: boolean;
  /** Sends a QoS 0 PUBLISH frame under this first byte. */
  pushPublish(frame: Uint8Array, header: number): void;
  /** Sends a QoS 1 or 2 PUBLISH frame under this first byte and packet id. */
  pushPublishWithId(frame: Uint8Array, header: number, topicLength: number, packetId: number): void;
  /** Sends a PUBLISH whose payload never changes again, by reference. */
  pushParts(head: Uint8Array, payload: Uint8Array): void;
  /** Sends a packet of four bytes: type and packet id. */
  pushAck(header: number, packetId: number): void;
}

/** From here on a payload is shared by all receivers, not copied for each. */
const LARGE_PAYLOAD = 32_768;

/** Sends a message at QoS 0 under this first byte. */
export function pushPlain(outlet: Outlet, publish: OutgoingPublish, header: number): void {
  if (publish.payloadLength < LARGE_PAYLOAD) {
    outlet.pushPublish(publish.frameFor(outlet.protocolLevel, 0), header);
  } else pushShared(outlet, publish, header, 0);
}

/** Sends a message at QoS 1 or 2 under this first byte and packet id. */
export function pushWithId(
  outlet: Outlet,
  publish: OutgoingPublish,
  qos: QoS,
  header: number,
  packetId: number,
): void {
  if (publish.payloadLength < LARGE_PAYLOAD) {
    const frame = publish.frameFor(outlet.protocolLevel, qos);
    outlet.pushPublishWithId(frame, header, publish.topic.length, packetId);
  } else pushShared(outlet, publish, header, packetId);
}

function pushShared(
  outlet: Outlet,
  publish: OutgoingPublish,
  header: number,
  packetId: number,
): void {
  const head = encodePublishHead(header, publish.topic, packetId, publish.payloadLength);
  outlet.pushParts(head, publish.message.payload);
}
