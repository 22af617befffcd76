/**
 * DISCONNECT of a client, section 3.14. Invariants: nothing but code 0 takes the will back [MQTT-3.1.2-10]; a
 * DISCONNECT that breaks a rule is none: the will stays, and the connection ends with an error.
 */
import { type CloseReason, ReasonCode, reasonName } from "../../wire/codes.ts";
import { ProtocolError } from "../../wire/errors.ts";
import type { DisconnectPacket } from "../../wire/packets.ts";
import { shown } from "../../shown.ts";
import type { Client } from "../client.ts";
import type { BrokerSession } from "../sessions.ts";
import { askedExpiry, cappedExpiry } from "./terms.ts";

const R = ReasonCode;

const DISCONNECTED: CloseReason = { code: R.SUCCESS, text: "disconnected by the client" };

/** Those that a client may send, table 3-10. */
const OF_CLIENTS: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  R.SUCCESS,
  R.DISCONNECT_WITH_WILL,
  R.UNSPECIFIED_ERROR,
  R.MALFORMED_PACKET,
  R.PROTOCOL_ERROR,
  R.IMPLEMENTATION_SPECIFIC_ERROR,
  R.TOPIC_NAME_INVALID,
  R.RECEIVE_MAXIMUM_EXCEEDED,
  R.TOPIC_ALIAS_INVALID,
  R.PACKET_TOO_LARGE,
  R.MESSAGE_RATE_TOO_HIGH,
  R.QUOTA_EXCEEDED,
  R.ADMINISTRATIVE_ACTION,
  R.PAYLOAD_FORMAT_INVALID,
]);

/** Handles a DISCONNECT. */
export function handleDisconnect(
  client: Client,
  session: BrokerSession,
  { reasonCode = R.SUCCESS, properties }: DisconnectPacket,
): Promise<void> {
  if (!OF_CLIENTS.has(reasonCode)) {
    throw new ProtocolError(
      `DISCONNECT with a server's reason: ${reasonName(reasonCode)}`,
      "MQTT-3.14.2-1",
    );
  }
  if (properties?.serverReference !== undefined) {
    throw new ProtocolError("DISCONNECT of a client with a server reference", "3.14.2.2.5");
  }
  changeExpiry(client, session, properties?.sessionExpiryInterval);
  client.hears = "nothing";
  if (reasonCode === R.SUCCESS && client.will !== undefined) {
    client.will = undefined; // [MQTT-3.14.4-3]
    client.core.wills.takenBack(client.info);
  }
  return client.connection.closeAfterFlush(reasonOf(reasonCode, properties?.reasonString));
}

/** @throws ProtocolError for a session that was to end with its connection, section 3.14.2.2.2 */
function changeExpiry(client: Client, session: BrokerSession, asked: number | undefined): void {
  if (asked === undefined) return;
  if (asked !== 0 && askedExpiry(client.info) === 0) {
    throw new ProtocolError(
      "DISCONNECT with a session expiry interval, CONNECT had 0",
      "3.14.2.2.2",
    );
  }
  session.expiryInterval = cappedExpiry(asked, client.core.config.limits);
}

function reasonOf(code: ReasonCode, said: string | undefined): CloseReason {
  if (code === R.SUCCESS) return DISCONNECTED;
  const words = said === undefined ? "" : `, ${shown(said)}`;
  return { code, text: `disconnected by the client: ${reasonName(code)}${words}` };
}
