/**
 * What has to be done now and then: silent clients, a CONNECT that never comes, sessions that expire. Invariant: one
 * pass for all, no timer for each client.
 */
import { type CloseReason, ReasonCode } from "../../wire/codes.ts";
import type { Client } from "../client.ts";
import type { Core } from "../core.ts";
import { explain } from "../packets/opening.ts";
import { shown } from "../../shown.ts";

/** How often, milliseconds: a keep-alive of one second is noticed in time. */
export const SWEEP_INTERVAL_MS = 250;

/** How long sources may take beside connect_timeout before a CONNECT is given up, milliseconds. */
const ANSWER_MS = 60_000;

const NO_CONNECT: CloseReason = {
  code: ReasonCode.MAXIMUM_CONNECT_TIME,
  text: "no CONNECT in time",
};

/** Looks at every connection and at the sessions without one. */
export function sweep(core: Core): void {
  const now = core.clock.now();
  core.memory.look(core.config.limits.maxMemory);
  core.connections.sweep(now);
  core.logins.sweep();
  core.logs.flush();
  for (const client of core.connections.clients) {
    const reason = overdue(client, now);
    if (reason === undefined) continue;
    explain(client, reason.text, (why) => {
      core.logs.ends.info(`${client.info} is closed: ${why}`);
    });
    client.connection.close(reason);
  }
  for (const session of core.sessions.expired(now - core.config.limits.sessionExpiryInterval)) {
    core.logs.ends.info(`session of ${shown(session.clientId)} has expired`);
    core.endSession(session);
  }
}

function overdue(client: Client, now: number): CloseReason | undefined {
  const { connectTimeout, timeoutDisconnectDelay } = client.core.config.limits;
  if (client.session === undefined) {
    const patience = client.phase === "opened" ? connectTimeout : connectTimeout + ANSWER_MS;
    return now - client.connectedAt > patience ? NO_CONNECT : undefined;
  }
  const { keepAlive } = client.info;
  const maxSilence = keepAlive === 0 ? Infinity : keepAlive * 1500 + timeoutDisconnectDelay;
  return client.connection.overdue(now, maxSilence); // [MQTT-3.1.2-24]
}
