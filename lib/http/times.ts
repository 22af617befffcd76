/**
 * What a connection waits for, and until when. Invariant: reading and writing are timed apart, for a connection may do
 * both at once.
 */

/** From the first byte of a head, or from the connection's beginning, to its end, milliseconds. */
export const HEAD_MS = 10_000;
/** Between two requests. */
export const IDLE_MS = 30_000;
/** From the first read of a body to its end. */
export const BODY_MS = 30_000;
/** A peer that takes nothing for this time is gone. */
export const WRITE_MS = 30_000;
/** After an answer that ends the connection the peer may go on sending for this time. */
export const LINGER_MS = 1000;

/** What a connection reads. */
export type Reading = "handshake" | "idle" | "head" | "body" | "rest" | "nothing";

/** The deadlines of one connection, on the monotonic clock. */
export class Times {
  readonly #now: () => number;
  #readUntil = Infinity;
  #writeUntil = Infinity;
  #readSince = Infinity;
  #writeSince = Infinity;
  #reading: Reading = "nothing";

  constructor(now: () => number) {
    this.#now = now;
  }

  /** What is read now. */
  get reading(): Reading {
    return this.#reading;
  }

  /** From now on this is read, and must be there in that many milliseconds. */
  reads(what: Reading, milliseconds = Infinity): void {
    this.#reading = what;
    this.#readUntil = this.#now() + milliseconds;
    this.#readSince = what === "nothing" ? Infinity : this.#now();
  }

  /** A piece is written, or none is any longer. */
  writes(isUnderWay: boolean): void {
    this.#writeUntil = isUnderWay ? this.#now() + WRITE_MS : Infinity;
    this.#writeSince = isUnderWay ? this.#now() : Infinity;
  }

  /** Since when the peer has been waited for; Infinity: it is not. */
  get waitsSince(): number {
    return Math.min(this.#readSince, this.#writeSince);
  }

  /** What has taken too long. */
  late(now: number): "read" | "write" | undefined {
    if (now > this.#writeUntil) return "write";
    return now > this.#readUntil ? "read" : undefined;
  }
}
