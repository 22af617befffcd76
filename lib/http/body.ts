/**
 * The body of a request as its handler reads it. Invariants: a byte is read when it is asked for; the body ends where its
 * length says; once the answer is sent its handler reads no more of it.
 */
import type { Input } from "./input.ts";

const PIECE = 16 * 1024;

/** What is done around the reading. */
export interface BodyEvents {
  /** Before the first read. */
  began(): Promise<void>;
  /** All of it is there. */
  ended(): void;
}

/** A body that comes in. */
export class RequestBody {
  readonly #input: Input;
  readonly #events: BodyEvents;
  #left: number;
  #state: "untouched" | "read" | "discarded" = "untouched";
  #reading: Promise<unknown> = Promise.resolve();

  /** @param length bytes */
  constructor(input: Input, length: number, events: BodyEvents) {
    this.#input = input;
    this.#left = length;
    this.#events = events;
  }

  /** Bytes that were not read. */
  get left(): number {
    return this.#left;
  }

  /** Has its handler left it alone? */
  get isUntouched(): boolean {
    return this.#state === "untouched";
  }

  /** For the handler. */
  get stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({
      pull: async (controller) => {
        controller.enqueue(await this.#read());
        if (this.#left === 0) controller.close();
      },
    }, { highWaterMark: 0 });
  }

  /** Reads what no one has read, so that the next request can be. */
  async discard(): Promise<void> {
    this.#state = "discarded";
    while (this.#left > 0) await this.#next();
  }

  async #read(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#state === "discarded") throw new Error("the request is answered");
    if (this.#state === "untouched") {
      this.#state = "read";
      await this.#events.began();
    }
    return await this.#next();
  }

  /** One read at a time. */
  #next(): Promise<Uint8Array<ArrayBuffer>> {
    const piece = this.#reading.then(() => this.#piece());
    this.#reading = piece.catch(() => {}); // who asked for it hears of it
    return piece;
  }

  async #piece(): Promise<Uint8Array<ArrayBuffer>> {
    const piece = new Uint8Array(Math.min(this.#left, PIECE));
    if (piece.length === 0) return piece;
    const count = await this.#input.read(piece);
    if (count === null) throw new Error("the connection ended within the body of its request");
    this.#left -= count;
    if (this.#left === 0) this.#events.ended();
    return piece.subarray(0, count);
  }
}
