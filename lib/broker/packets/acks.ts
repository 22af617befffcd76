/**
 * PUBACK, PUBREC, PUBREL and PUBCOMP, sections 3.4 to 3.7. Invariant: what answers them leaves through the client's
 * acknowledgement queue, behind what was promised before.
 */
import { readPacketId } from "../../wire/acks.ts";
import { Header } from "../../wire/fixed_header.ts";
import type { Client } from "../client.ts";
import type { BrokerSession } from "../sessions.ts";

/** PUBACK: a QoS 1 delivery is done. */
export function handlePuback(client: Client, session: BrokerSession): void {
  if (session.acknowledge(packetIdOf(client))) session.drain();
}

/** PUBREL answers every PUBREC: an id that is not under way was completed before, and the client has lost count. */
export function handlePubrec(client: Client, session: BrokerSession): void {
  const packetId = packetIdOf(client);
  session.release(packetId);
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
  if (session.complete(packetIdOf(client))) session.drain();
}

function packetIdOf(client: Client): number {
  const { bytes, cursor } = client.connection.inbound;
  return readPacketId(bytes, cursor);
}
