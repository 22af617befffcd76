/**
 * Pieces of text in, whole lines out, with a bounded wait. Used by child.ts for what a process
 * prints. Invariant: at most one reader waits at a time.
 */
export class TextLineQueue {
  readonly #lines: string[] = [];
  #partial = "";
  #closed = false;
  #wake: (() => void) | undefined;

  /** Takes output as it comes, cut anywhere. */
  push(piece: string): void {
    const parts = (this.#partial + piece).split("\n");
    this.#partial = parts.pop() ?? "";
    this.#lines.push(...parts);
    this.#wake?.();
  }

  /** No more will come. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  /** The next line; undefined when none comes within so many milliseconds or the end is reached. */
  async next(patience: number): Promise<string | undefined> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake?.();
    }, patience);
    while (this.#lines.length === 0 && !this.#closed && !late) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    clearTimeout(timer);
    this.#wake = undefined;
    return this.#lines.shift();
  }
}
