/** What went wrong for a client, as it is remembered. Invariant: plain data; what strangers wrote is cut to a bounded length. */
import type { ReasonCode } from "../../wire/codes.ts";

/** `login` refused, `denied` a right, `dropped` a message, `disconnected`, `refused` otherwise. */
export type IncidentKind = "login" | "denied" | "dropped" | "disconnected" | "refused";

/** Whom it concerns, as far as it is known. */
export interface Subject {
  /** Empty: not known. */
  readonly clientId: string;
  readonly username: string | undefined;
  readonly address: string;
}

/** What has happened. */
export interface Happening {
  readonly kind: IncidentKind;
  /** What it was about to do: `connect`, `publish`, `subscribe`, `receive`. */
  readonly action: string;
  /** A topic name or a filter; null: it concerns none, or many. */
  readonly topic: string | null;
  /** Undefined: no packet has a code for it. */
  readonly code: ReasonCode | undefined;
  /** In one line. */
  readonly reason: string;
  /** The rule or row with its file and line; empty: no rule had to do with it. */
  readonly rule: string;
}

/** The same for the same client, once or many times. Times are milliseconds since 1970. */
export interface Incident extends Happening, Subject {
  readonly at: number;
  /** When the same came last; of one that comes all the time to a quarter of a second. */
  last: number;
  times: number;
  /** Is it still remembered? */
  isKept: boolean;
}

/** The longest text of a stranger that is kept, characters. */
const LONGEST = 512;

/** A text as it is kept: a long one is cut. */
export function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
