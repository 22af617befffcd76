/**
 * Connections that always have data, and whose turn it is: deficit round robin by bytes. Invariants: who has read more
 * than its share waits until the others have had theirs; no one waits for ever; a share that was not used is lost.
 */
import { Fifo } from "../fifo.ts";

/**
 * Bytes that a connection reads before the next one's turn, where several always have data: a whole read. With 16 KiB ten
 * pairs at QoS 0 cost a fifth to a half more processor time a message.
 */
export const QUANTUM = 65_536;

/** A connection, as far as its share of the reading goes. */
export interface Reader {
  /** Bytes it may read before the next one's turn; below 0: what it has had too much. */
  credit: number;
}

interface Resting {
  readonly reader: Reader;
  readonly goOn: () => void;
}

/** Who waits for its turn. */
export class RestQueue {
  readonly #resting = new Fifo<Resting>();

  get length(): number {
    return this.#resting.length;
  }

  /** Resolves when it is this one's turn. */
  wait(reader: Reader): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#resting.push({ reader, goOn: resolve });
    return promise;
  }

  /** The next one goes on that has not had too much; undefined: no one waits. */
  release(): Reader | undefined {
    for (let next = this.#resting.shift(); next !== undefined; next = this.#resting.shift()) {
      const { reader } = next;
      reader.credit = Math.min(reader.credit, 0) + QUANTUM;
      if (reader.credit > 0) {
        next.goOn();
        return reader;
      }
      this.#resting.push(next);
    }
    return undefined;
  }

  /** All go on, each with a new share. */
  releaseAll(): void {
    for (let next = this.#resting.shift(); next !== undefined; next = this.#resting.shift()) {
      next.reader.credit = 0;
      next.goOn();
    }
  }
}
