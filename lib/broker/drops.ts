/**
 * Messages that were thrown away: counted by reason for $SYS and metrics, and said in the log by client. Invariants:
 * a client that loses messages is named at once, and then once a minute with their number; the memory for that
 * is bounded.
 */
import { BoundedMap } from "../bounded_map.ts";
import { Tally } from "./tally.ts";

/** Why a message was thrown away. */
export type DropReason =
  | "denied"
  | "queue full"
  | "slow client"
  | "retained full"
  | "receive denied"
  | "session ended"
  | "$ topic";

const SILENCE_MS = 60_000;
const MAX_CLIENTS = 1000;

interface Losses {
  /** On the clock of the one who asks. */
  silentUntil: number;
  count: number;
}

/** Counters, and lines for the log. */
export class Drops {
  readonly #tally = new Tally<DropReason>();
  readonly #losses = new BoundedMap<string, Losses>(MAX_CLIENTS);

  add(reason: DropReason): void {
    this.#tally.add(reason);
  }

  get byReason(): Record<string, number> {
    return this.#tally.byReason;
  }

  /** A client lost a message: the line that the log should have, if any is due. */
  lossOf(clientId: string, reason: DropReason, now: number): string | undefined {
    const known = this.#losses.get(clientId);
    if (known !== undefined && now < known.silentUntil) {
      known.count++;
      return undefined;
    }
    this.#losses.set(clientId, { silentUntil: now + SILENCE_MS, count: 0 });
    const before = known?.count ? `, ${known.count} before since the last line` : "";
    return `${clientId} loses messages: ${reason}${before}`;
  }
}
