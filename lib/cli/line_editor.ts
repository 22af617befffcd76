/**
 * The keys of a terminal in raw mode, byte by byte, to a line. Pure. Invariant: a character of several bytes is
 * erased as one; what keys without a character send (arrows, the marks around a paste) never becomes text.
 */

/** A line, its end not included; or Ctrl-D on an empty line; or Ctrl-C. */
export type Typed = Uint8Array | "end" | "interrupt";

const CTRL_C = 0x03;
const CTRL_D = 0x04;
const BACKSPACE = 0x08;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const CTRL_U = 0x15;
const ESCAPE = 0x1b;
const SPACE = 0x20;
const DELETE = 0x7f;
/** What follows ESC: `[`, parameters and a final byte; or `O` and one byte. */
const OPEN_BRACKET = 0x5b;
const LETTER_O = 0x4f;
const FIRST_FINAL = 0x40;

/** Gathers bytes until they are a line. */
export class LineEditor {
  #line: number[] = [];
  #previous = 0;
  #sequence: "none" | "escape" | "parameters" | "last" = "none";

  /** Takes a byte; undefined: the line goes on. After a line the next one begins. */
  type(byte: number): Typed | undefined {
    const isSecondHalf = byte === LINE_FEED && this.#previous === RETURN;
    this.#previous = byte;
    if (isSecondHalf || this.#isInSequence(byte)) return undefined;
    if (byte >= SPACE && byte !== DELETE || byte === TAB) return this.#add(byte);
    return this.#control(byte);
  }

  #control(byte: number): Typed | undefined {
    switch (byte) {
      case RETURN:
      case LINE_FEED:
        return this.#take();
      case CTRL_C:
        return "interrupt";
      case CTRL_D:
        return this.#line.length === 0 ? "end" : undefined;
      case CTRL_U:
        this.#take();
        return undefined;
      case BACKSPACE:
      case DELETE:
        return this.#erase();
      default:
        return undefined;
    }
  }

  /** Is the byte part of what a key without a character sends? A control byte never is: it ends that. */
  #isInSequence(byte: number): boolean {
    const before = this.#sequence;
    this.#sequence = byte === ESCAPE ? "escape" : "none";
    if (byte < SPACE) return byte === ESCAPE;
    if (before === "escape" && byte === OPEN_BRACKET) this.#sequence = "parameters";
    else if (before === "escape" && byte === LETTER_O) this.#sequence = "last";
    else if (before === "parameters" && byte < FIRST_FINAL) this.#sequence = "parameters";
    else return before === "parameters" || before === "last";
    return true;
  }

  #add(byte: number): undefined {
    this.#line.push(byte);
  }

  #erase(): undefined {
    while (isContinuation(this.#line.at(-1))) this.#line.pop();
    this.#line.pop();
  }

  #take(): Uint8Array {
    const line = Uint8Array.from(this.#line);
    this.#line = [];
    return line;
  }
}

/** A byte of a UTF-8 character that is not its first. */
function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
