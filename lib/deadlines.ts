/**
 * Things that are due at some time, the earliest first: a binary heap whose entries know where they stand. Invariants:
 * no entry is due before the one above it; adding, deleting and taking out cost the logarithm of the size, so that no
 * look at a million of them stands still.
 */

/** One thing that will be due; what `Deadlines.delete` takes. */
export class Deadline<T> {
  /** When, on the caller's clock. */
  readonly at: number;
  readonly item: T;
  /** For Deadlines: where it stands; -1: nowhere any more. */
  index: number;

  /** For Deadlines. */
  constructor(at: number, item: T, index: number) {
    this.at = at;
    this.item = item;
    this.index = index;
  }
}

/** A queue by time; what is due at the same time has no order. */
export class Deadlines<T> {
  readonly #heap: Deadline<T>[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** Puts an item in; the result takes it out again. */
  add(at: number, item: T): Deadline<T> {
    const deadline = new Deadline(at, item, this.#heap.length);
    this.#heap.push(deadline);
    this.#rise(deadline);
    return deadline;
  }

  /** Takes one out; false when it is out already. */
  delete(deadline: Deadline<T>): boolean {
    const { index } = deadline;
    if (this.#heap[index] !== deadline) return false;
    deadline.index = -1;
    const last = this.#heap.pop()!;
    if (last === deadline) return true;
    this.#put(last, index);
    this.#rise(last);
    this.#sink(last);
    return true;
  }

  /** Takes out the earliest, if it is due by now; undefined: nothing is. */
  next(now: number): T | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.at > now) return undefined;
    this.delete(first);
    return first.item;
  }

  #put(deadline: Deadline<T>, index: number): void {
    this.#heap[index] = deadline;
    deadline.index = index;
  }

  /** Swaps it with those above that are due later. */
  #rise(deadline: Deadline<T>): void {
    while (deadline.index > 0) {
      const above = this.#heap[(deadline.index - 1) >> 1]!;
      if (above.at <= deadline.at) return;
      this.#swap(above, deadline);
    }
  }

  /** Swaps it with those below that are due earlier. */
  #sink(deadline: Deadline<T>): void {
    for (;;) {
      const left = this.#heap[deadline.index * 2 + 1];
      const right = this.#heap[deadline.index * 2 + 2];
      if (left === undefined) return;
      const below = right !== undefined && right.at < left.at ? right : left;
      if (below.at >= deadline.at) return;
      this.#swap(deadline, below);
    }
  }

  #swap(above: Deadline<T>, below: Deadline<T>): void {
    const { index } = above;
    this.#put(above, below.index);
    this.#put(below, index);
  }
}
