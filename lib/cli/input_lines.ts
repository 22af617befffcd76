/**
 * A stream of bytes cut into lines, and a stream read whole. Invariant: a line is bytes, not text, without its
 * line end; nothing is read ahead of the lines that were taken.
 */
import { joined } from "../io.ts";
import { UserError } from "../user_error.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** More fits into no packet of MQTT [MQTT-2.2.3]. */
const MOST_BYTES = 268_435_455;

/** Bytes that are gathered, up to what a message may have. */
class Gathered {
  readonly #what: string;
  readonly #most: number;
  #parts: Uint8Array[] = [];
  #size = 0;

  constructor(what: string, most: number) {
    this.#what = what;
    this.#most = most;
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** @throws {UserError} where it gets too long, before the rest is read */
  add(part: Uint8Array): void {
    this.#size += part.length;
    if (this.#size > this.#most) {
      throw new UserError(
        `${this.#what} is longer than ${this.#most} bytes, more than MQTT carries`,
      );
    }
    this.#parts.push(part);
  }

  /** All of it in one. */
  take(): Uint8Array {
    return joined(this.#parts);
  }
}

/**
 * The lines of a stream; the last one also without a line end.
 * @throws {UserError} for one that is longer than a message of MQTT
 */
export async function* linesOf(
  source: AsyncIterable<Uint8Array>,
  most: number = MOST_BYTES,
): AsyncGenerator<Uint8Array> {
  let number = 1;
  let line = new Gathered("line 1", most);
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      line.add(chunk.subarray(start, end));
      yield withoutReturn(line.take());
      line = new Gathered(`line ${++number}`, most);
      start = end + 1;
    }
    if (start < chunk.length) line.add(chunk.slice(start));
  }
  if (!line.isEmpty) yield withoutReturn(line.take());
}

/**
 * All bytes of a stream.
 * @param name for people
 * @throws {UserError} where it is longer than a message of MQTT
 */
export async function wholeOf(
  source: AsyncIterable<Uint8Array>,
  name = "the message",
  most: number = MOST_BYTES,
): Promise<Uint8Array> {
  const whole = new Gathered(name, most);
  for await (const chunk of source) whole.add(chunk);
  return whole.take();
}

function withoutReturn(line: Uint8Array): Uint8Array {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}
