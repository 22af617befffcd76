/**
 * The map of generated code that V8 writes for perf (`--perf-basic-prof`): which function lies at which address. Pure.
 * Invariant: where code was put over older code, the younger one counts.
 */

/** Looks up what lies at an address. */
export class CodeMap {
  /** Starts of entries in ascending order, with the entry of each. */
  readonly #starts: Float64Array;
  readonly #entries: readonly { end: number; name: string }[];

  /** @param text lines `START SIZE NAME`, hexadecimal, in the order in which code came to be */
  constructor(text: string) {
    const byStart = new Map<number, { end: number; name: string }>();
    for (const line of text.split("\n")) {
      const [, start, size, name] = /^([0-9a-f]+) ([0-9a-f]+) (.+)$/.exec(line) ?? [];
      if (start === undefined) continue;
      const from = parseInt(start, 16);
      byStart.set(from, { end: from + parseInt(size!, 16), name: name! });
    }
    const sorted = [...byStart].sort(([a], [b]) => a - b);
    this.#starts = Float64Array.from(sorted, ([start]) => start);
    this.#entries = sorted.map(([, entry]) => entry);
  }

  /** The code's name; undefined where none is. */
  nameAt(address: number): string | undefined {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    const entry = this.#entries[low - 1];
    return entry !== undefined && address < entry.end ? entry.name : undefined;
  }
}
