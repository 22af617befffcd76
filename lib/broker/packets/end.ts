/**
 * The end of a connection, whatever caused it: the will, the session, the log line. Called once by Client.
 * Invariant: session and will are touched only while they are still this client's.
 */
import { MalformedPacketError, ProtocolError } from "../../wire/errors.ts";
import type { Client } from "../client.ts";
import { publishWill } from "./will.ts";

/** Cleans up after a connection. `error` is what the client did wrong, or what failed here. */
export function handleEnd(client: Client, reason: string, error: Error | undefined): void {
  const { core, info, session, will } = client;
  core.connections.delete(client);
  client.listener.connections--;
  logEnd(client, reason, error);
  if (session === undefined) return;
  const owned = session.connection === client;
  if (owned) leaveSession(client);
  if (!client.isWelcome) return; // it went while its session's rights were checked
  if (will !== undefined && !core.isStopping) publishWill(core, info, will); // [MQTT-3.1.2-8]
  core.observers.clientDisconnected?.({ client: info, reason });
}

function logEnd(
  { core: { logger }, info }: Client,
  reason: string,
  error: Error | undefined,
): void {
  if (error === undefined) logger.debug(`${info} closed: ${reason}`);
  else if (error instanceof MalformedPacketError || error instanceof ProtocolError) {
    logger.warn(`${info} closed: ${error.message}`);
  } else logger.error(`${info} closed: a fault of the broker: ${error.message}`, { error });
}

function leaveSession(client: Client): void {
  const { core, session } = client;
  session!.detach(core.clock.now());
  if (session!.cleanSession) core.endSession(session!);
  else core.sessions.detached(session!);
}
