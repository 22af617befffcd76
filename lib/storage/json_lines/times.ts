/**
 * Times in lines of JSON: whole milliseconds from or to the store's present, and beside each the date for people, which
 * is not read. Invariant: what is left of an interval does not depend on the clock of the machine that reads it.
 */

/** The present of a store on its way into lines. */
export class Times {
  readonly #time: number;
  readonly #wall: number;

  /**
   * @param time the present, milliseconds of the store's time
   * @param wall the same moment, milliseconds since the epoch
   */
  constructor(time: number, wall: number) {
    this.#time = time;
    this.#wall = wall;
  }

  /** Milliseconds until then; negative: it is over. */
  until(time: number): number {
    return Math.round(time - this.#time);
  }

  /** Milliseconds since then. */
  since(time: number): number {
    return Math.round(this.#time - time);
  }

  /** `2026-11-28T01:02:03.004Z`; undefined beyond the dates there are. */
  date(time: number): string | undefined {
    const date = new Date(this.#wall + this.until(time));
    return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
  }
}
