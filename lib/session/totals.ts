/**
 * What all sessions of one owner have together, counted as it changes. Invariant: equal to the sums over the sessions
 * that have not ended, so that reading them walks through no session.
 */

/** Sums over sessions. */
export class SessionTotals {
  /** Messages that wait. */
  queued = 0;
  /** Their payloads, topic names and properties, bytes. */
  queuedBytes = 0;
  /** QoS 1 and 2 exchanges under way to clients. */
  inflightOut = 0;
  /** Payloads and properties of these, bytes. */
  inflightOutBytes = 0;
  /** QoS 2 exchanges under way from clients. */
  inflightIn = 0;
}
