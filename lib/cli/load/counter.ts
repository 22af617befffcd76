/** A count that can be waited for. Invariant: a wait ends with the next notify, whatever the count. */

/** Something received; publishers that wait for it are told. */
export class Counter {
  count = 0;
  #wake: (() => void) | undefined;

  /** Tells the publisher that the count has changed. */
  notify(): void {
    this.#wake?.();
  }

  /** Resolves at the next notify. One may wait at a time. */
  changed(): Promise<void> {
    return new Promise((resolve) =>
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      }
    );
  }
}
