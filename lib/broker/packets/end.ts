/**
 * The end of a connection, whatever caused it: the will, the session, the log line. Invariant: session and will are
 * touched only while they are still this client's.
 */
import { type CloseReason, ReasonCode, reasonName } from "../../wire/codes.ts";
import { isPeerFault } from "../../wire/errors.ts";
import { noteFlapping } from "../bans.ts";
import type { Client, ClientPhase } from "../client.ts";
import { memberAway } from "../shared.ts";
import { explain, hasBegunTls } from "./opening.ts";

/** How a connection ended. */
export interface ConnectionEnd {
  /** The phase that its client was in. */
  readonly phase: ClientPhase;
  readonly reason: CloseReason;
  /** What the client did wrong, or what failed here. */
  readonly error: Error | undefined;
}

/** Cleans up after a connection. */
export function handleEnd(client: Client, end: ConnectionEnd): void {
  const { core, info, session, will } = client;
  core.connections.left(client);
  core.closes.add(reasonName(end.reason.code));
  logEnd(client, end);
  noteEnd(client, end);
  if (session === undefined) return;
  if (session.connection === client) leaveSession(client, end.reason);
  if (end.phase !== "connected") return; // it went before its CONNACK
  if (will !== undefined) core.wills.due(session, info, will); // [MQTT-3.1.2-8]
  noteFlapping(core, info, end.reason, client.hears === "nothing");
  const { code, text } = end.reason;
  core.observers.clientDisconnected?.({ client: info, code, reason: text });
}

function logEnd(client: Client, { phase, reason, error }: ConnectionEnd): void {
  const { core, info } = client;
  const { logger, logs } = core;
  if (phase === "opened" && reason.code === undefined && hasBegunTls(client)) {
    explain(client, reason.text, (why) => logs.ends.info(`${info} closed: ${why}`));
  } else if (error === undefined) logger.debug(`${info} closed: ${reason.text}`);
  else if (isPeerFault(error)) logs.ends.warn(`${info} closed: ${reason.text}`);
  else logs.faults.error(`${info} closed: a fault of the broker: ${reason.text}`, { error });
}

/** A refused CONNECT is noted by those who refuse it; that the broker stops concerns no one. */
function noteEnd(client: Client, { phase, reason: { code, text }, error }: ConnectionEnd): void {
  const { core, info, hears } = client;
  if (core.isStopping || (phase !== "connected" && hears === "nothing")) return;
  const kind = phase !== "connected" && isPeerFault(error) ? "login" : "disconnected";
  const isOrderly = kind === "disconnected" && code === ReasonCode.SUCCESS;
  explain(client, text, (reason) => {
    const end = { kind, action: "connect", topic: null, code, reason, rule: "" } as const;
    if (isOrderly) core.incidents.goodbye(info, end);
    else core.incidents.note(info, end);
  });
}

function leaveSession(client: Client, { code }: CloseReason): void {
  const { core, session } = client;
  session!.detach(core.clock.now());
  core.rights.forget(session!);
  if (session!.expiryInterval === 0) core.endSession(session!);
  else {
    core.sessions.detached(session!);
    if (code !== ReasonCode.SESSION_TAKEN_OVER) memberAway(core, session!); // else its client is here
  }
}
