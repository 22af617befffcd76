/**
 * What has to be done now and then: silent clients, a CONNECT that never comes, sessions that expire, wills that are due. Invariant: one
 * pass for all, no timer for each client; what one pass ends is bounded, and the next pass comes soon.
 */
import { type CloseReason, ReasonCode } from "../../wire/codes.ts";
import type { Client } from "../client.ts";
import type { Core } from "../core.ts";
import { explain } from "../packets/opening.ts";
import { shown } from "../../shown.ts";

/** How often, milliseconds: a keep-alive of one second is noticed in time. */
const SWEEP_INTERVAL_MS = 250;
/**
 * How many handshakes, clients and sessions each one pass ends, and when the next one comes where there is more to end,
 * in milliseconds. 1,000 clients that were closed at once made the others wait for 200 ms, since the ends of their reads
 * are all served before the next look at sockets; so it is 30 (measured).
 */
const MOST_ENDED = 40;
const SOON_MS = 20;

/** How long sources may take beside connect_timeout before a CONNECT is given up, milliseconds. */
const ANSWER_MS = 60_000;

const NO_CONNECT: CloseReason = {
  code: ReasonCode.MAXIMUM_CONNECT_TIME,
  text: "no CONNECT in time",
};

/** Sweeps again and again until the returned function is called. */
export function keepSweeping(core: Core): () => void {
  let cancelNext = () => {};
  const pass = () => {
    cancelNext();
    cancelNext = () => {};
    if (sweep(core)) cancelNext = core.clock.after(SOON_MS, pass);
    core.pulse.beats++;
  };
  const stop = core.clock.every(SWEEP_INTERVAL_MS, pass);
  return () => {
    stop();
    cancelNext();
  };
}

/** Looks at every connection and at the sessions without one. True: there is more to end than one pass does. */
export function sweep(core: Core): boolean {
  const now = core.clock.now();
  core.memory.look(core.config.limits.maxMemory);
  const hasMore = core.connections.sweep(now, MOST_ENDED);
  core.logins.sweep();
  core.bans.sweep();
  core.logs.flush();
  core.incidents.sweep();
  if (core.decisions?.isWanted === false) core.decisions = undefined;
  core.journal?.look();
  core.slabs.look();
  // Each has its part in it, whatever the others have.
  return [
    closeOverdue(core, now),
    core.wills.sweep(now, MOST_ENDED),
    endExpired(core, now),
    core.messageExpiry.sweep(now),
    hasMore,
  ].includes(true);
}

/** True: there may be more of them. */
function closeOverdue(core: Core, now: number): boolean {
  let left = MOST_ENDED;
  for (const client of core.connections.clients) {
    const reason = overdue(client, now);
    if (reason === undefined) continue;
    if (left-- === 0) return true;
    explain(client, reason.text, (why) => {
      core.logs.ends.info(`${client.info} is closed: ${why}`);
    });
    client.connection.close(reason);
  }
  return false;
}

/** True: there may be more of them. */
function endExpired(core: Core, now: number): boolean {
  let left = MOST_ENDED;
  while (left-- > 0) {
    const session = core.sessions.nextExpired(now);
    if (session === undefined) return false;
    core.logs.ends.info(`session of ${shown(session.clientId)} has expired`);
    core.sessions.expired++;
    core.endSession(session);
  }
  return true;
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
