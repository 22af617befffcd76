/**
 * What has to be done now and then: silent clients, CONNECT that never comes, sessions that expire. Called by
 * one timer of the broker. Invariant: one pass, no timer for each client.
 */
import type { Client } from "../client.ts";
import type { Core } from "../core.ts";

/** How often, milliseconds: a keep-alive of one second is noticed in time. */
export const SWEEP_INTERVAL_MS = 250;

/** How long sources may take beside connect_timeout before a CONNECT is given up, milliseconds. */
const ANSWER_MS = 60_000;

/** Looks at every connection and at the sessions without one. */
export function sweep(core: Core): void {
  const now = core.clock.now();
  for (const client of core.connections) {
    const reason = overdue(client, now);
    if (reason === undefined) continue;
    core.logger.info(`${client.info} is closed: ${reason}`);
    client.connection.close(reason);
  }
  for (const session of core.sessions.expired(now - core.config.limits.sessionExpiryInterval)) {
    core.logger.info(`session of ${session.clientId} has expired`);
    core.endSession(session);
  }
}

function overdue(client: Client, now: number): string | undefined {
  const { connectTimeout, timeoutDisconnectDelay } = client.core.config.limits;
  if (client.session === undefined) {
    const patience = client.isConnecting ? connectTimeout + ANSWER_MS : connectTimeout;
    return now - client.connectedAt > patience ? "no CONNECT in time" : undefined;
  }
  const { keepAlive } = client.info;
  const maxSilence = keepAlive === 0 ? Infinity : keepAlive * 1500 + timeoutDisconnectDelay;
  return client.connection.overdue(now, maxSilence); // [MQTT-3.1.2-24]
}
