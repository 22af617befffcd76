/** One line on a terminal that is written over and over, for long work. */
import { writeText } from "../log/write.ts";

const SHOW_EVERY_MS = 200;
const CLEAR = "\r\x1b[K";

/** A line on stderr; nothing where stderr is no terminal. */
export class ProgressLine {
  readonly #isShown: boolean;
  #shownAt = -Infinity;

  constructor(isWanted: boolean) {
    this.#isShown = isWanted && Deno.stderr.isTerminal();
  }

  /** Shows the text, but not more often than eyes can follow. */
  show(text: string): void {
    const now = performance.now();
    if (!this.#isShown || now - this.#shownAt < SHOW_EVERY_MS) return;
    this.#shownAt = now;
    writeText(Deno.stderr, CLEAR + text);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#isShown) writeText(Deno.stderr, CLEAR);
  }
}
