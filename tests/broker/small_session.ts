/** A session for tests of what surrounds it. */
import type { BrokerSession } from "../../lib/broker/sessions.ts";
import { Session } from "../../lib/session/session.ts";

/** One that may keep one of everything. */
export function smallSession(clientId: string, expiryInterval = 0): BrokerSession {
  return new Session(clientId, expiryInterval, {
    maxInflight: 1,
    maxInflightBytes: 1,
    receiveMaximum: 1,
    maxQueuedMessages: 1,
    maxQueuedBytes: 1,
  });
}
