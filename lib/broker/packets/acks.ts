/**
 * PUBACK, PUBREC, PUBREL and PUBCOMP, sections 3.4 to 3.7. Invariant: what answers them leaves through the client's
 * acknowledgement queue, behind what was promised before; an acknowledgement of the wrong kind ends the connection
 * [MQTT-4.13.1-1], one for an id that is not under way does not: the client may have lost count.
 */
import type { Acknowledgement } from "../../session/inflight.ts";
import { readPacketId } from "../../wire/acks.ts";
import { decodePacket } from "../../wire/codec.ts";
import { ReasonCode } from "../../wire/codes.ts";
import { ProtocolError } from "../../wire/errors.ts";
import { Header } from "../../wire/fixed_header.ts";
import type { Client } from "../client.ts";
import type { BrokerSession } from "../sessions.ts";
import { codedAck } from "./publish_v5.ts";
import { holdForSession } from "./stored.ts";

/** PUBACK: a QoS 1 delivery is done, whatever the client has made of it. */
export function handlePuback(client: Client, session: BrokerSession): void {
  const ack = readAck(client);
  const packetId = idOf(ack);
  if (client.core.trace !== undefined) noteTrace(client, session, ack, "PUBACK");
  if (session.acknowledge(packetId)) session.drain();
  else checkUnknown(session, packetId, "PUBACK");
}

/** PUBREL answers every PUBREC: an id that is not under way was completed before, and the client has lost count. */
export function handlePubrec(client: Client, session: BrokerSession): void {
  const ack = readAck(client);
  const packetId = idOf(ack);
  if (client.core.trace !== undefined) noteTrace(client, session, ack, "PUBREC");
  if (codeOf(ack) >= ReasonCode.UNSPECIFIED_ERROR) {
    if (session.refuse(packetId)) session.drain();
    else checkUnknown(session, packetId, "PUBREC");
    return;
  }
  if (session.release(packetId)) {
    holdForSession(client, session); // else a restart would send PUBLISH again under an id that is done
    return client.acks.pushAck(Header.PUBREL, packetId); // [MQTT-4.3.3-4]
  }
  checkUnknown(session, packetId, "PUBREC");
  answerUnknown(client, Header.PUBREL, packetId);
}

/** PUBCOMP answers every PUBREL: an unknown id was forgotten before. */
export function handlePubrel(client: Client, session: BrokerSession): void {
  const packetId = idOf(readAck(client));
  if (session.forget(packetId)) {
    holdForSession(client, session); // else the id's next message would look like a repetition
    client.acks.pushAck(Header.PUBCOMP, packetId); // [MQTT-4.3.3-11]
  } else answerUnknown(client, Header.PUBCOMP, packetId);
}

/** PUBCOMP: a QoS 2 delivery is done. */
export function handlePubcomp(client: Client, session: BrokerSession): void {
  const ack = readAck(client);
  const packetId = idOf(ack);
  if (client.core.trace !== undefined) noteTrace(client, session, ack, "PUBCOMP");
  if (session.complete(packetId)) session.drain();
  else checkUnknown(session, packetId, "PUBCOMP");
}

function noteTrace(
  { core: { trace } }: Client,
  session: BrokerSession,
  ack: number,
  packet: Acknowledgement,
): void {
  const packetId = idOf(ack);
  trace?.acknowledged(session, session.messageUnderWay(packetId), packet, packetId, codeOf(ack));
}

/** MQTT 5 has a word for an id that is not under way. */
function answerUnknown({ acks, info }: Client, header: number, packetId: number): void {
  if (info.protocolLevel < 5) return acks.pushAck(header, packetId);
  acks.push(codedAck(header, packetId, ReasonCode.PACKET_IDENTIFIER_NOT_FOUND));
}

/** @throws ProtocolError when the id is under way and something else has to come for it */
function checkUnknown(session: BrokerSession, packetId: number, came: Acknowledgement): void {
  const wanted = session.awaits(packetId);
  if (wanted === undefined) return;
  throw new ProtocolError(
    `${came} for packet id ${packetId}, which awaits ${wanted}`,
    "MQTT-4.8.0-1",
  );
}

/** Packet id and reason code, as one number: `code << 16 | id`. */
function readAck({ connection, info }: Client): number {
  const { bytes, cursor } = connection.inbound;
  if (info.protocolLevel < 5 || cursor.end - cursor.start === 4) {
    return readPacketId(bytes, cursor);
  }
  const packet = decodePacket(bytes, cursor, 5);
  if (!("packetId" in packet)) throw new TypeError("not an acknowledgement");
  const code = "reasonCode" in packet ? packet.reasonCode ?? 0 : 0;
  return (code << 16) | packet.packetId;
}

function idOf(ack: number): number {
  return ack & 0xffff;
}

function codeOf(ack: number): number {
  return ack >>> 16;
}
