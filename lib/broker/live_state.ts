/** What of a core is live, for the cleaning of its log. Invariant: what is made again after a start is left out. */
import type { LiveState } from "../storage/editions.ts";
import type { Core } from "./core.ts";
import type { BrokerSession } from "./sessions.ts";

/** What a session, a subscription, a message takes beside its own bytes, more than that rather than less. */
const SESSION_BYTES = 256;
const THING_BYTES = 32;

/** The live state of a core. */
export function liveState(core: Core): LiveState {
  return {
    retained: () => retainedOf(core),
    wills: () => core.wills.recorded(),
    bytes: () => bytesOf(core),
  };
}

function* retainedOf({ retained }: Core) {
  for (const message of retained.all()) {
    yield message === undefined || message.topicName.startsWith("$SYS") ? undefined : message;
  }
}

/** A message that many sessions have counts many times. */
function bytesOf({ retained, sessions, wills }: Core): number {
  let bytes = retained.bytes + retained.count * THING_BYTES;
  for (const session of sessions.all()) if (session.journal !== undefined) bytes += sizeOf(session);
  for (const { payload } of wills.recorded()) bytes += payload.length + SESSION_BYTES;
  return bytes;
}

function sizeOf(session: BrokerSession): number {
  const things = session.subscriptionCount + session.queuedMessages + session.inflightOut;
  return SESSION_BYTES + session.subscriptionBytes + session.keptBytes + things * THING_BYTES;
}
