/**
 * What promises state to the peer of one connection, in the order it was promised [MQTT-4.6.0-2] [MQTT-4.6.0-3]:
 * CONNACK, SUBACK, UNSUBACK, PUBACK, PUBREC, PUBREL, PUBCOMP. A hold keeps back everything behind it, until what it
 * stands for (a write to a disk, a receiver, a step of a login) is done. Invariants: entries leave in their order;
 * while nothing is held each leaves at once; after `close` nothing leaves.
 */
import { Fifo } from "../fifo.ts";

/** Where acknowledgements leave: the write side of a connection. */
export interface AckOutlet {
  /** Sends a whole frame; it is copied. */
  push(frame: Uint8Array): void;
  /** Sends a packet of four bytes: type and packet id. */
  pushAck(header: number, packetId: number): void;
}

/** Keeps back what was pushed behind it. */
export class Hold {
  readonly #queue: AckQueue;
  #parts: number;

  /** For AckQueue. */
  constructor(queue: AckQueue, parts: number) {
    this.#queue = queue;
    this.#parts = parts;
  }

  get isReleased(): boolean {
    return this.#parts === 0;
  }

  /** One part is done; with the last one everything behind may leave. */
  release(): void {
    if (this.#parts > 0 && --this.#parts === 0) this.#queue.flush();
  }
}

/** A hold, a frame, an acknowledgement as `header << 16 | packetId`, or a step to take in its turn. */
type Entry = Hold | Uint8Array | number | (() => void);

/** From this number of waiting bytes on, a connection is read no further. */
const LONG_BYTES = 65_536;
const ACK_BYTES = 4;

/** The acknowledgements of one connection. */
export class AckQueue {
  readonly #outlet: AckOutlet;
  /** Undefined while nothing is held. */
  #waiting: Fifo<Entry> | undefined;
  #bytes = 0;
  #isFlushing = false;
  #isClosed = false;
  #room: PromiseWithResolvers<void> | undefined;

  constructor(outlet: AckOutlet) {
    this.#outlet = outlet;
  }

  /** Sends an acknowledgement of four bytes, now or behind what is held. */
  pushAck(header: number, packetId: number): void {
    if (this.#waiting !== undefined) this.#wait((header << 16) | packetId, ACK_BYTES);
    else if (!this.#isClosed) this.#outlet.pushAck(header, packetId);
  }

  /** Sends a frame, now or behind what is held; it must not change until then. */
  push(frame: Uint8Array): void {
    if (this.#waiting !== undefined) this.#wait(frame, frame.length);
    else if (!this.#isClosed) this.#outlet.push(frame);
  }

  /** Takes a step, now or behind what is held: what must not come before a packet in the queue. */
  run(step: () => void): void {
    if (this.#waiting !== undefined) this.#wait(step, 0);
    else if (!this.#isClosed) step();
  }

  /** Keeps back everything that is pushed from now on, until it was released once per part. */
  hold(parts = 1): Hold {
    const hold = new Hold(this, parts);
    if (this.#isClosed) return hold;
    this.#waiting ??= new Fifo();
    this.#wait(hold, 0);
    return hold;
  }

  /** So much waits that the connection is read no further. */
  get isLong(): boolean {
    return this.#bytes >= LONG_BYTES;
  }

  /** Undefined while little waits; else resolves when little waits again, or the connection is over. */
  whenShort(): Promise<void> | undefined {
    if (!this.isLong) return undefined;
    return (this.#room ??= Promise.withResolvers<void>()).promise;
  }

  /** Sends what is not behind an unreleased hold. */
  flush(): void {
    if (this.#isFlushing) return; // a step released another hold: the loop below goes on
    this.#isFlushing = true;
    try {
      while (this.#waiting !== undefined) {
        const entry = this.#waiting.first;
        if (entry instanceof Hold && !entry.isReleased) break;
        if (this.#waiting.shift() === undefined) this.#waiting = undefined;
        else this.#leave(entry!);
      }
    } finally {
      this.#isFlushing = false;
    }
    if (this.#bytes < LONG_BYTES) this.#relieve();
  }

  /** The connection is over; what waits is forgotten. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = undefined;
    this.#bytes = 0;
    this.#relieve();
  }

  #wait(entry: Entry, bytes: number): void {
    this.#waiting!.push(entry);
    this.#bytes += bytes;
  }

  #leave(entry: Entry): void {
    if (entry instanceof Hold) return;
    if (typeof entry === "number") {
      this.#bytes -= ACK_BYTES;
      this.#outlet.pushAck(entry >> 16, entry & 0xffff);
    } else if (entry instanceof Uint8Array) {
      this.#bytes -= entry.length;
      this.#outlet.push(entry);
    } else entry();
  }

  #relieve(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}
