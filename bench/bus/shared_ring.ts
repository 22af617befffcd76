/**
 * Two rings in shared memory, one for each direction. A reader that has read all waits with `Atomics.waitAsync`, which
 * sleeps; a writer wakes it only then. Invariant: positions only grow, and who writes one is its side alone.
 */
import { setImmediate } from "node:timers";
import { LENGTH, lengthAt, type OnBatch, type Pipe, putLength } from "./pipe.ts";

const BYTES = 1 << 20;
/** Places in the control words. */
const WRITTEN = 0;
const READ = 1;
const WORDS = 2;
/** Batches that are read in one piece. */
const MOST = 64;

/** The memory of both directions. */
export interface SharedMemory {
  readonly there: SharedArrayBuffer;
  readonly back: SharedArrayBuffer;
}

/** Memory for a pair. */
export function sharedMemory(): SharedMemory {
  const size = WORDS * 4 + BYTES;
  return { there: new SharedArrayBuffer(size), back: new SharedArrayBuffer(size) };
}

/** One direction, seen from either side. */
class Ring {
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory, 0, WORDS);
    this.#bytes = new Uint8Array(memory, WORDS * 4, BYTES);
  }

  /** @throws Error where there is no room: the bench bounds what is under way */
  put(batch: Uint8Array): void {
    const written = Atomics.load(this.#words, WRITTEN);
    const size = LENGTH + batch.length;
    const unread = (written - Atomics.load(this.#words, READ)) | 0;
    if (unread + size > BYTES) throw new Error("the ring is full");
    const head = new Uint8Array(LENGTH);
    putLength(head, 0, batch.length);
    this.#copyIn(head, written);
    this.#copyIn(batch, written + LENGTH);
    Atomics.store(this.#words, WRITTEN, (written + size) | 0);
    Atomics.notify(this.#words, WRITTEN, 1);
  }

  /** Reads what is there; undefined: all is read, and this is the place to wait from. */
  take(onBatch: OnBatch): number | undefined {
    let read = this.#words[READ]!;
    for (let batches = 0; batches < MOST; batches++) {
      const written = Atomics.load(this.#words, WRITTEN);
      if (written === read) return read;
      const length = lengthAt(this.#out(read, LENGTH), 0);
      const batch = this.#out(read + LENGTH, length);
      read = (read + LENGTH + length) | 0;
      onBatch(batch);
      Atomics.store(this.#words, READ, read);
    }
    return undefined;
  }

  /** Resolves when there is more than was read. */
  more(read: number): Promise<unknown> | undefined {
    const { async, value } = Atomics.waitAsync(this.#words, WRITTEN, read);
    return async ? value : undefined;
  }

  #copyIn(bytes: Uint8Array, at: number): void {
    const from = at & (BYTES - 1);
    const first = Math.min(bytes.length, BYTES - from);
    this.#bytes.set(first === bytes.length ? bytes : bytes.subarray(0, first), from);
    if (first < bytes.length) this.#bytes.set(bytes.subarray(first), 0);
  }

  #out(at: number, length: number): Uint8Array {
    const from = at & (BYTES - 1);
    if (from + length <= BYTES) return this.#bytes.subarray(from, from + length);
    const joined = new Uint8Array(length);
    joined.set(this.#bytes.subarray(from));
    joined.set(this.#bytes.subarray(0, length - (BYTES - from)), BYTES - from);
    return joined;
  }
}

/** One end. */
export function sharedRing(memory: SharedMemory, isNear: boolean, onBatch: OnBatch): Pipe {
  const out = new Ring(isNear ? memory.there : memory.back);
  const into = new Ring(isNear ? memory.back : memory.there);
  let isOpen = true;
  const pump = async () => {
    while (isOpen) {
      const read = into.take(onBatch);
      if (read !== undefined) await into.more(read);
      else await new Promise((resolve) => setImmediate(resolve)); // others have their turn
    }
  };
  pump();
  return { send: (batch) => out.put(batch), close: () => void (isOpen = false) };
}
