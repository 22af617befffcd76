/** What a session is given by the owner of sessions. Invariant: nothing here is awaited. */
import type { DeliveryTrace } from "./delivery_trace.ts";
import type { Message } from "./message.ts";
import { PayloadSlabs } from "./payload_slabs.ts";
import { SessionTotals } from "./totals.ts";
import type { Undelivered } from "./undelivered.ts";

/** A session, as its owner tells it from others. */
export interface KnownSession {
  readonly clientId: string;
  /** What its owner knows of its client; undefined: nothing. */
  readonly holder: unknown;
}

/** The clock, and who is told. */
export interface SessionServices {
  /** The owner's, of all its sessions. */
  readonly totals: SessionTotals;
  /** Where payloads under way lie, of all its sessions. */
  readonly slabs: PayloadSlabs;
  /** Who looks at what is sent; undefined: no one. */
  readonly trace?: DeliveryTrace | undefined;
  /** Milliseconds of the clock that `Message.expiresAt` is on. */
  now(): number;
  /** A message that waited was thrown away. */
  discarded(session: KnownSession, message: Message, why: Undelivered): void;
  /** A message that will be void at a time waits in this session. */
  expires(session: KnownSession): void;
}

/** Those of a session by itself, for which time stands still. */
export function loneServices(): SessionServices {
  return {
    totals: new SessionTotals(),
    slabs: new PayloadSlabs(),
    now: () => 0,
    discarded() {},
    expires() {},
  };
}
