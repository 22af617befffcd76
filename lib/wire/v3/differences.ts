/**
 * Where MQTT 3.1 differs from 3.1.1 on the wire: CONNACK has a reserved byte in place of session present, and packets
 * that are sent again carry DUP. Invariant: what this file does not name is as in 3.1.1.
 */
import { Header } from "../fixed_header.ts";
import type { Packet } from "../packets.ts";
import { encodeV4 } from "../v4/encode.ts";

const DUP = 8;

/** Encodes any packet; throws what encodeV4 throws. */
export function encodeV3(packet: Packet): Uint8Array {
  const isResumed = packet.type === "connack" && packet.sessionPresent;
  return encodeV4(isResumed ? { ...packet, sessionPresent: false } : packet);
}

/** The first byte without DUP, where 3.1 allows it and 3.1.1 does not: SUBSCRIBE, UNSUBSCRIBE, PUBREL. */
export function withoutDup(header: number): number {
  const plain = header & ~DUP;
  const isAllowed = plain === Header.SUBSCRIBE || plain === Header.UNSUBSCRIBE ||
    plain === Header.PUBREL;
  return isAllowed ? plain : header;
}
