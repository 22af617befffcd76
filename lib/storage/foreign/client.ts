/** What is known of a client that was another broker's. Invariant: what that broker did not keep is what grants least. */
import type { ProtocolLevel } from "../../wire/packets.ts";
import type { StoredClient } from "../state.ts";

/**
 * What is kept of it.
 * @param protocolLevel only MQTT 5 has sessions that end some time later
 * @param isProven was a username more than a claim? A session is resumed only by a client whose name is as good
 */
export function storedClient(
  clientId: string,
  username: string | undefined,
  protocolLevel: ProtocolLevel,
  isProven: boolean,
): StoredClient {
  return {
    clientId,
    username: username === "" ? undefined : username,
    protocolLevel,
    isBridge: false,
    cleanSession: false,
    superuser: false,
    isProven: isProven && username !== undefined && username !== "",
    isNamedByCertificate: false,
    address: "",
    port: 0,
    listener: "",
    transport: "",
    certificate: undefined,
  };
}
