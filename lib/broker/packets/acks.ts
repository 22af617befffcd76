/**
 * PUBACK, PUBREC, PUBREL and PUBCOMP, sections 3.4 to 3.7. Invariant: what answers them leaves through the client's
 * acknowledgement queue, behind what was promised before; an acknowledgement of the wrong kind ends the connection
 * [MQTT-4.8.0-1], one for an id that is not under way does not: the client may have lost count.
 */
import type { Acknowledgement } from "../../session/inflight.ts";
import { readPacketId } from "../../wire/acks.ts";
import { ProtocolError } from "../../wire/errors.ts";
import { Header } from "../../wire/fixed_header.ts";
import type { Client } from "../client.ts";
import type { BrokerSession } from "../sessions.ts";

/** PUBACK: a QoS 1 delivery is done. */
export function handlePuback(client: Client, session: BrokerSession): void {
  const packetId = packetIdOf(client);
  if (session.acknowledge(packetId)) session.drain();
  else checkUnknown(session, packetId, "PUBACK");
}

/** PUBREL answers every PUBREC: an id that is not under way was completed before, and the client has lost count. */
export function handlePubrec(client: Client, session: BrokerSession): void {
  const packetId = packetIdOf(client);
  if (!session.release(packetId)) checkUnknown(session, packetId, "PUBREC");
  client.acks.pushAck(Header.PUBREL, packetId); // [MQTT-4.3.3-1]
}

/** PUBCOMP answers every PUBREL: an unknown id was forgotten before. */
export function handlePubrel(client: Client, session: BrokerSession): void {
  const packetId = packetIdOf(client);
  session.forget(packetId);
  client.acks.pushAck(Header.PUBCOMP, packetId); // [MQTT-4.3.3-2]
}

/** PUBCOMP: a QoS 2 delivery is done. */
export function handlePubcomp(client: Client, session: BrokerSession): void {
  const packetId = packetIdOf(client);
  if (session.complete(packetId)) session.drain();
  else checkUnknown(session, packetId, "PUBCOMP");
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

function packetIdOf(client: Client): number {
  const { bytes, cursor } = client.connection.inbound;
  return readPacketId(bytes, cursor);
}
