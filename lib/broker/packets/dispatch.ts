/**
 * From a packet's first byte to its handler, once CONNECT was accepted. Invariant: packets that only a server sends,
 * and a second CONNECT, end the connection.
 */
import { decodePacket } from "../../wire/codec.ts";
import { ProtocolError } from "../../wire/errors.ts";
import { Header } from "../../wire/fixed_header.ts";
import { type Packet, PacketType } from "../../wire/packets.ts";
import type { Client } from "../client.ts";
import type { BrokerSession } from "../sessions.ts";
import { handleAuth } from "./auth.ts";
import { handlePuback, handlePubcomp, handlePubrec, handlePubrel } from "./acks.ts";
import { handleDisconnect } from "./disconnect.ts";
import { handlePublish } from "./publish.ts";
import { handleSubscribe } from "./subscribe.ts";
import { handleUnsubscribe } from "./unsubscribe.ts";

const PINGRESP = Uint8Array.of(Header.PINGRESP, 0);

/** Handles the frame in the client's read buffer. */
export function handlePacket(client: Client, session: BrokerSession): void | Promise<void> {
  const { bytes, cursor } = client.connection.inbound;
  switch (cursor.header >> 4) {
    case PacketType.PUBLISH:
      return handlePublish(client, session);
    case PacketType.PUBACK:
      return handlePuback(client, session);
    case PacketType.PUBREC:
      return handlePubrec(client, session);
    case PacketType.PUBREL:
      return handlePubrel(client, session);
    case PacketType.PUBCOMP:
      return handlePubcomp(client, session);
    default:
      return handleRare(client, session, decodePacket(bytes, cursor, client.info.protocolLevel));
  }
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
      return handleDisconnect(client, session, packet);
    case "auth":
      return handleAuth(client, packet);
    case "connect":
      throw new ProtocolError("a second CONNECT", "MQTT-3.1.0-2");
    default:
      throw new ProtocolError(`${packet.type.toUpperCase()} comes from servers only`, "2.2.1");
  }
}
