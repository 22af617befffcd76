/** Counts messages that were thrown away, by reason; $SYS and metrics show them. */

/** Why a message was thrown away. */
export type DropReason =
  | "denied"
  | "queue full"
  | "slow client"
  | "retained full"
  | "receive denied"
  | "session ended"
  | "$ topic";

/** A counter a reason. */
export class Drops {
  readonly #counts = new Map<DropReason, number>();

  add(reason: DropReason): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  get byReason(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}
