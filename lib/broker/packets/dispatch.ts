/**
 * From a packet's first byte to its handler. Called for every frame after CONNECT was accepted. Invariant:
 * packets that only a server sends, and a second CONNECT, end the connection.
 */
import { ProtocolError } from "../../wire/errors.ts";
import { type Packet, PacketType } from "../../wire/packets.ts";
import type { Client } from "../client.ts";
import { handlePublish } from "./publish.ts";
import type { BrokerSession } from "../sessions.ts";
import { handleSubscribe } from "./subscribe.ts";
import { handleUnsubscribe } from "./unsubscribe.ts";
import { decodePacket } from "../../wire/codec.ts";
import { readPacketId } from "../../wire/acks.ts";

const PUBREL_HEADER = 0x62;
const PUBCOMP_HEADER = 0x70;
const PINGRESP = Uint8Array.of(0xd0, 0);

/** Handles the frame in the client's read buffer. */
export function handlePacket(client: Client, session: BrokerSession): void | Promise<void> {
  const { inbound, outbound } = client.connection;
  const { bytes, cursor } = inbound;
  switch (cursor.header >> 4) {
    case PacketType.PUBLISH:
      return handlePublish(client, session);
    case PacketType.PUBACK:
      if (session.acknowledge(readPacketId(bytes, cursor))) session.drain();
      return;
    case PacketType.PUBREC:
      return handlePubrec(client, session, readPacketId(bytes, cursor));
    case PacketType.PUBREL: {
      const packetId = readPacketId(bytes, cursor);
      session.forget(packetId);
      outbound.pushAck(PUBCOMP_HEADER, packetId); // also for an unknown id: it was forgotten before
      return;
    }
    case PacketType.PUBCOMP:
      if (session.complete(readPacketId(bytes, cursor))) session.drain();
      return;
    default:
      return handleRare(client, session, decodePacket(bytes, cursor));
  }
}

/** PUBREL answers every PUBREC: an id that is not under way was completed before, and the client has lost count. */
function handlePubrec(client: Client, session: BrokerSession, packetId: number): void {
  session.release(packetId);
  client.connection.outbound.pushAck(PUBREL_HEADER, packetId); // [MQTT-4.3.3-1]
}

function handleRare(client: Client, session: BrokerSession, packet: Packet): void | Promise<void> {
  switch (packet.type) {
    case "subscribe":
      return handleSubscribe(client, session, packet);
    case "unsubscribe":
      return handleUnsubscribe(client, session, packet);
    case "pingreq":
      return client.connection.outbound.push(PINGRESP); // [MQTT-3.12.4-1]
    case "disconnect":
      client.will = undefined; // [MQTT-3.14.4-3]
      return client.connection.closeAfterFlush("disconnected by the client");
    case "connect":
      throw new ProtocolError("a second CONNECT", "MQTT-3.1.0-2");
    default:
      throw new ProtocolError(`${packet.type.toUpperCase()} comes from servers only`, "2.2.1");
  }
}
