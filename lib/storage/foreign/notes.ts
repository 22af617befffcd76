/** What an import did not carry over, or changed: one line for each kind, with how many there were. Invariant: nothing
 * is left out without a note. */

/** Notes of one import. */
export class Notes {
  readonly #counts = new Map<string, number>();
  readonly #lines: { readonly line: (count: string) => string; readonly key: string }[] = [];

  /** @param what one of them: `session`; @param why behind a colon */
  skip(what: string, why: string, count = 1): void {
    this.#add(`not carried over`, what, why, count);
  }

  /** What is there, and is not the same. */
  differ(what: string, why: string, count = 1): void {
    this.#add("differs", what, why, count);
  }

  /** In the order in which their kinds came first. */
  get lines(): string[] {
    return this.#lines.map(({ line, key }) => line(String(this.#counts.get(key))));
  }

  #add(verdict: string, what: string, why: string, count: number): void {
    if (count === 0) return;
    const key = `${verdict}: ${what}: ${why}`;
    const before = this.#counts.get(key);
    this.#counts.set(key, (before ?? 0) + count);
    if (before !== undefined) return;
    const line = (number: string) =>
      `${verdict}: ${number} ${what}${number === "1" ? "" : "s"}: ${why}`;
    this.#lines.push({ key, line });
  }
}
