/**
 * Messages that were thrown away: counted by reason for $SYS and metrics, and said in the log by client. Invariants:
 * a session that loses messages is named at once, and then once a minute with their number, however many others do;
 * what is kept for that goes with the session.
 */
import { type CloseReason, ReasonCode } from "../wire/codes.ts";
import { shown } from "../shown.ts";
import { Tally } from "./tally.ts";

/** Why messages are thrown away. */
export const Drop = {
  DENIED: { code: ReasonCode.NOT_AUTHORIZED, text: "denied" },
  QUEUE_FULL: { code: ReasonCode.QUOTA_EXCEEDED, text: "queue full" },
  SLOW_CLIENT: { code: ReasonCode.QUOTA_EXCEEDED, text: "slow client" },
  RETAINED_FULL: { code: ReasonCode.QUOTA_EXCEEDED, text: "retained full" },
  MEMORY_SHORT: { code: ReasonCode.QUOTA_EXCEEDED, text: "memory short" },
  RECEIVE_DENIED: { code: ReasonCode.NOT_AUTHORIZED, text: "receive denied" },
  STORAGE_FULL: { code: ReasonCode.QUOTA_EXCEEDED, text: "storage full" },
  RIGHT_LOST: { code: ReasonCode.NOT_AUTHORIZED, text: "right lost" },
  EXPIRED: { code: undefined, text: "expired" },
  TOO_LARGE_FOR_CLIENT: { code: ReasonCode.PACKET_TOO_LARGE, text: "too large for the client" },
  PAYLOAD_FORMAT: { code: ReasonCode.PAYLOAD_FORMAT_INVALID, text: "payload format" },
  SESSION_ENDED: { code: undefined, text: "session ended" },
  TOO_LARGE: { code: ReasonCode.PACKET_TOO_LARGE, text: "too large" },
  DOLLAR_TOPIC: { code: ReasonCode.NOT_AUTHORIZED, text: "$ topic" },
} as const satisfies Readonly<Record<string, CloseReason>>;

const SILENCE_MS = 60_000;

/** A session that loses messages. */
interface Loser {
  readonly clientId: string;
}

interface Losses {
  /** On the clock of the caller. */
  silentUntil: number;
  count: number;
}

/** Counters, and lines for the log. */
export class Drops {
  readonly #tally = new Tally();
  /** It goes with the session. */
  readonly #losses = new WeakMap<Loser, Losses>();

  add({ text }: CloseReason): void {
    this.#tally.add(text);
  }

  get total(): number {
    return this.#tally.total;
  }

  get byReason(): Record<string, number> {
    return this.#tally.byReason;
  }

  /** A client lost a message: the line that the log should have, if any is due. */
  lossOf(loser: Loser, reason: CloseReason, now: number): string | undefined {
    const known = this.#losses.get(loser);
    if (known !== undefined && now < known.silentUntil) {
      known.count++;
      return undefined;
    }
    this.#losses.set(loser, { silentUntil: now + SILENCE_MS, count: 0 });
    const before = known?.count ? `, ${known.count} before since the last line` : "";
    return `${shown(loser.clientId)} loses messages: ${reason.text}${before}`;
  }
}
