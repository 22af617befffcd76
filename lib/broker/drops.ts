/**
 * Messages that were thrown away: counted by reason for $SYS and metrics, and said in the log by client. Invariants:
 * a client that loses messages is named at once, and then once a minute with their number; the memory for that
 * is bounded.
 */
import { type CloseReason, ReasonCode } from "../wire/codes.ts";
import { BoundedMap } from "../bounded_map.ts";
import { Tally } from "./tally.ts";

/** Why messages are thrown away. */
export const Drop = {
  DENIED: { code: ReasonCode.NOT_AUTHORIZED, text: "denied" },
  QUEUE_FULL: { code: ReasonCode.QUOTA_EXCEEDED, text: "queue full" },
  SLOW_CLIENT: { code: ReasonCode.QUOTA_EXCEEDED, text: "slow client" },
  RETAINED_FULL: { code: ReasonCode.QUOTA_EXCEEDED, text: "retained full" },
  MEMORY_SHORT: { code: ReasonCode.QUOTA_EXCEEDED, text: "memory short" },
  RECEIVE_DENIED: { code: ReasonCode.NOT_AUTHORIZED, text: "receive denied" },
  SESSION_ENDED: { code: undefined, text: "session ended" },
  DOLLAR_TOPIC: { code: ReasonCode.NOT_AUTHORIZED, text: "$ topic" },
} as const satisfies Readonly<Record<string, CloseReason>>;

const SILENCE_MS = 60_000;
const MAX_CLIENTS = 1000;

interface Losses {
  /** On the clock of the caller. */
  silentUntil: number;
  count: number;
}

/** Counters, and lines for the log. */
export class Drops {
  readonly #tally = new Tally();
  readonly #losses = new BoundedMap<string, Losses>(MAX_CLIENTS);

  add({ text }: CloseReason): void {
    this.#tally.add(text);
  }

  get byReason(): Record<string, number> {
    return this.#tally.byReason;
  }

  /** A client lost a message: the line that the log should have, if any is due. */
  lossOf(clientId: string, reason: CloseReason, now: number): string | undefined {
    const known = this.#losses.get(clientId);
    if (known !== undefined && now < known.silentUntil) {
      known.count++;
      return undefined;
    }
    this.#losses.set(clientId, { silentUntil: now + SILENCE_MS, count: 0 });
    const before = known?.count ? `, ${known.count} before since the last line` : "";
    return `${clientId} loses messages: ${reason.text}${before}`;
  }
}
