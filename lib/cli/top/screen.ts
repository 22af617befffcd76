/**
 * A terminal taken over for pictures. Invariant: however it ends, the terminal is as it was before: its modes, its
 * cursor, its text.
 */
import { writeText } from "../../log/write.ts";
import type { Line, Size } from "./render.ts";

const TAKE = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const GIVE_BACK = "\x1b[?7h\x1b[?25h\x1b[?1049l";
const STYLES: Readonly<Record<Line["style"], string>> = {
  plain: "",
  bold: "\x1b[1m",
  inverse: "\x1b[7m",
};

/** The terminal of this process, until it is disposed. */
export class Screen implements Disposable {
  constructor() {
    Deno.stdin.setRaw(true); // Ctrl-C is a key then
    writeText(Deno.stdout, TAKE);
  }

  /** A terminal that does not say its size has 80 by 24. */
  get size(): Size {
    return windowSize() ?? { columns: 80, rows: 24 };
  }

  /** Shows a picture in place of the one before. */
  draw(lines: readonly Line[]): void {
    const text = lines.map((line) => {
      const style = STYLES[line.style];
      return `${style}${line.text}${style === "" ? "" : "\x1b[0m"}\x1b[K`;
    });
    writeText(Deno.stdout, `\x1b[H${text.join("\r\n")}\x1b[J`);
  }

  /** What is typed, until the terminal hangs up. */
  async *typed(): AsyncGenerator<string, void> {
    const buffer = new Uint8Array(256);
    const decoder = new TextDecoder();
    let count: number | null;
    while ((count = await Deno.stdin.read(buffer)) !== null) {
      yield decoder.decode(buffer.subarray(0, count), { stream: true });
    }
  }

  /** Gives the terminal back. */
  [Symbol.dispose](): void {
    writeText(Deno.stdout, GIVE_BACK);
    Deno.stdin.setRaw(false);
  }
}

/** Of the terminal; undefined: there is none, or it does not say. */
export function windowSize(): Size | undefined {
  try {
    const { columns, rows } = Deno.consoleSize();
    return columns > 0 && rows > 0 ? { columns, rows } : undefined;
  } catch {
    return undefined;
  }
}
