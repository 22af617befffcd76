/**
 * SUBACK and UNSUBACK, sections 3.9 and 3.11 of both versions: what has become of each filter. Invariants: one code for
 * each filter, in their order; a client of MQTT 5 gets no packet that is larger than it takes [MQTT-3.1.2-24], and a
 * reason string only where it wants one and the packet has room for it [MQTT-3.9.2-1] [MQTT-3.11.2-1].
 */
import { type CloseReason, ReasonCode } from "../../wire/codes.ts";
import { encodePacket } from "../../wire/codec.ts";
import { varintSize } from "../../wire/frame.ts";
import { type SubackPacket, SUBSCRIBE_FAILURE, type UnsubackPacket } from "../../wire/packets.ts";
import type { Client } from "../client.ts";

/** Packet id, and the length of properties that are not there. */
const LEAST_BYTES = 3;

/** Why a packet of this many filters cannot be answered; undefined: it can. */
export function ackObjection({ connection }: Client, filters: number): CloseReason | undefined {
  const { maximumPacketSize } = connection.outbound;
  const bytes = 1 + varintSize(LEAST_BYTES + filters) + LEAST_BYTES + filters;
  if (bytes <= maximumPacketSize) return undefined;
  const text = `the answer to ${filters} filters has ${bytes} bytes, the client takes ` +
    `${maximumPacketSize} (Maximum Packet Size)`;
  return { code: ReasonCode.PACKET_TOO_LARGE, text };
}

/**
 * Sends SUBACK.
 * @param codes the granted QoS or the reason code of each filter; MQTT 3.1.1 says 0x80 for every refusal
 * @param because why the first one is refused
 */
export function pushSuback(
  client: Client,
  packetId: number,
  codes: readonly number[],
  because: string | undefined,
): void {
  const isOld = client.info.protocolLevel < 5;
  const returnCodes = isOld ? codes.map((code) => Math.min(code, SUBSCRIBE_FAILURE)) : [...codes];
  pushWithReason(client, { type: "suback", packetId, returnCodes }, because);
}

/** Sends UNSUBACK; MQTT 3.1.1 has no codes. */
export function pushUnsuback(
  client: Client,
  packetId: number,
  reasonCodes: ReasonCode[],
  because: string | undefined,
): void {
  pushWithReason(client, { type: "unsuback", packetId, reasonCodes }, because);
}

function pushWithReason(
  client: Client,
  packet: SubackPacket | UnsubackPacket,
  reasonString: string | undefined,
): void {
  const { info: { protocolLevel, properties }, acks, connection: { outbound } } = client;
  if (
    protocolLevel === 5 && reasonString !== undefined &&
    properties?.requestProblemInformation !== false // [MQTT-3.1.2-29]
  ) {
    const frame = encodePacket({ ...packet, properties: { reasonString } }, protocolLevel);
    if (frame.length <= outbound.maximumPacketSize) return acks.push(frame);
  }
  acks.push(encodePacket(packet, protocolLevel));
}
