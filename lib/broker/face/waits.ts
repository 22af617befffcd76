/**
 * Why a client is slowed down or waits, in words for `midge ctl clients`. Invariant: it only looks; a client for whom
 * nothing is said is served at once.
 */
import type { Client } from "../client.ts";

/** The reasons, none for most clients. */
export function waitsOf(client: Client): string[] {
  const { connection: { outbound, isWaiting, limiter }, acks, phase, session } = client;
  const waits: string[] = [];
  if (phase === "connecting") waits.push("its login is being decided");
  else if (phase === "authenticating") waits.push("its login goes on step by step");
  else if (session?.isHeld) waits.push("its rights are being checked");
  else if (isWaiting && limiter?.isPausing !== true) {
    waits.push("a source is asked about it, or a receiver is slow");
  }
  for (const limit of limiter?.slowedBy ?? []) {
    waits.push(`is read more slowly: it sends more than ${limit}`);
  }
  if (!outbound.hasRoom) {
    waits.push(`is not read: ${outbound.backlog} bytes wait to be sent to it`);
  } else if (outbound.isPressed) waits.push(`is slow: ${outbound.backlog} bytes wait to be sent`);
  if (acks.isLong) waits.push("is not read: many of its acknowledgements are held");
  if (session !== undefined && session.queuedMessages > 0) {
    const { queuedMessages, inflightOut } = session;
    waits.push(`${queuedMessages} messages queued: it has ${inflightOut} to acknowledge`);
  }
  return waits;
}
