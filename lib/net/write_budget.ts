/**
 * What all connections of a broker have waiting to be written, and whom a publisher should wait for. One per broker;
 * Outbound counts into it. Invariant: `used` is the sum of all backlogs.
 */

/** Something that fills up, and that a publisher can wait for. */
export interface Pressed {
  /** A publisher has waited already; until there is room the next ones do not. */
  isImpatient: boolean;
  /** How long a publisher waits, milliseconds. */
  readonly patience: number;
  /** Resolves when there is room again, or no one left to wait for. */
  whenRoom(): Promise<void>;
}

/** What all connections of a broker have waiting together. */
export class WriteBudget {
  used = 0;
  readonly limit: number;
  /** Set by a delivery that filled more than half of what its client may have waiting. */
  pressed: Pressed | undefined;

  /** @param limit bytes, Infinity for none */
  constructor(limit: number) {
    this.limit = limit;
  }
}
