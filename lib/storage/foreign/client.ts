/** What is known of a client that was another broker's. Invariant: what that broker did not keep is what grants least. */
import type { ProtocolLevel } from "../../wire/packets.ts";
import type { StoredClient } from "../state.ts";

/**
 * A username counts as proven: a session is only resumed by a client whose username is as good as its holder's, and a
 * claim must not get what a password has.
 * @param protocolLevel only MQTT 5 has sessions that end some time later
 */
export function storedClient(
  clientId: string,
  username: string | undefined,
  protocolLevel: ProtocolLevel = 4,
): StoredClient {
  return {
    clientId,
    username: username === "" ? undefined : username,
    protocolLevel,
    isBridge: false,
    cleanSession: false,
    superuser: false,
    isProven: username !== undefined && username !== "",
    isNamedByCertificate: false,
    address: "",
    port: 0,
    listener: "",
    transport: "",
    certificate: undefined,
  };
}
