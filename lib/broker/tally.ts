/**
 * How often something happened, by reason. Invariants: counts rise only; the memory is bounded, for what comes
 * behind MAX_REASONS different reasons is counted together.
 */

/** The most reasons that are kept apart. */
export const MAX_REASONS = 64;
/** The reason under which all further ones are counted. */
export const OTHER_REASONS = "other";

/** Counts by reason. */
export class Tally<Reason extends string = string> {
  readonly #counts = new Map<Reason | typeof OTHER_REASONS, number>();

  /** Of all reasons together. */
  total = 0;

  /** Once more for this reason. */
  add(reason: Reason): void {
    this.total++;
    const known = this.#counts.get(reason);
    if (known !== undefined) this.#counts.set(reason, known + 1);
    else if (this.#counts.size < MAX_REASONS) this.#counts.set(reason, 1);
    else this.#addOther();
  }

  /** A copy: reason -> count, in the order in which they came up. */
  get byReason(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  /** The count of one reason. */
  of(reason: Reason): number {
    return this.#counts.get(reason) ?? 0;
  }

  #addOther(): void {
    this.#counts.set(OTHER_REASONS, (this.#counts.get(OTHER_REASONS) ?? 0) + 1);
  }
}
