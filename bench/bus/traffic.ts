/**
 * What goes through a pipe: batches of messages with a bounded number under way, and single messages there and back.
 * Invariant: each measurement ends by itself.
 */
import { Times } from "../../lib/cli/load/percentiles.ts";
import type { Measured } from "../../lib/cli/load/run.ts";
import type { OnBatch, Pipe } from "./pipe.ts";

/** A message of the bus: a PUBLISH with a short topic name and 64 bytes, and a few of the bus. Bytes. */
const MESSAGE = 88;
const DATA = 0;
const PING = 1;
/** Batches under way at most, and how many one acknowledgement stands for. */
const WINDOW = 32;
const AN_ACK = 8;

/** The far end. */
export function answer(pipe: Pipe): OnBatch {
  let batches = 0;
  const ack = new Uint8Array([DATA]);
  return (batch) => {
    if (batch[0] === PING) pipe.send(batch);
    else if (++batches % AN_ACK === 0) pipe.send(ack);
  };
}

/** The near end. */
export class Near {
  readonly #opened: Promise<Pipe>;
  #onBatch: OnBatch = () => {};

  constructor(open: (onBatch: OnBatch) => Promise<Pipe>) {
    this.#opened = open((batch) => this.#onBatch(batch));
  }

  /** Resolves when the other end is there. */
  async ready(): Promise<void> {
    await this.#opened;
  }

  /** Messages that arrived within so many milliseconds, in batches of `size`. */
  async rate(size: number, duration: number): Promise<{ messages: number; seconds: number }> {
    const pipe = await this.#opened;
    const batch = new Uint8Array(size * MESSAGE);
    const start = performance.now();
    const done = Promise.withResolvers<void>();
    let sent = 0;
    let acknowledged = 0;
    const fill = () => {
      if (performance.now() - start > duration) {
        return void (sent === acknowledged && done.resolve());
      }
      for (; sent - acknowledged < WINDOW; sent++) pipe.send(batch);
    };
    this.#onBatch = () => {
      acknowledged += AN_ACK;
      fill();
    };
    fill();
    await done.promise;
    return { messages: sent * size, seconds: (performance.now() - start) / 1000 };
  }

  /** There and back, one at a time: microseconds. */
  async roundTrips(count: number): Promise<Measured> {
    const pipe = await this.#opened;
    const ping = new Uint8Array(MESSAGE).fill(PING, 0, 1);
    const times = new Times();
    for (let i = 0; i < count; i++) {
      const back = Promise.withResolvers<void>();
      this.#onBatch = () => back.resolve();
      const from = performance.now();
      pipe.send(ping);
      await back.promise;
      times.add(performance.now() - from);
    }
    return times.percentiles();
  }
}
