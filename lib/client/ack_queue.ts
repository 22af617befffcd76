/**
 * PUBACK and PUBREC for what the broker sends, in the order of the PUBLISHes [MQTT-4.6.0-2]
 * [MQTT-4.6.0-3], each when its message has been handled. Used by the inbox. Invariant: an answer goes out
 * on the connection its PUBLISH came on, or not at all.
 */
import { Fifo } from "../fifo.ts";
import type { Outlet } from "./outbox.ts";

/** One answer that waits. */
export class PendingAck {
  readonly header: number;
  readonly packetId: number;
  readonly #queue: AckQueue;
  /** Receivers that have not finished with the message. */
  #unfinished: number;

  constructor(queue: AckQueue, header: number, packetId: number, receivers: number) {
    this.#queue = queue;
    this.header = header;
    this.packetId = packetId;
    this.#unfinished = receivers;
  }

  get isReady(): boolean {
    return this.#unfinished === 0;
  }

  /** One receiver has finished. */
  finished(): void {
    if (--this.#unfinished === 0) this.#queue.flush();
  }
}

/** The answers of one connection. */
export class AckQueue {
  readonly #outlet: Outlet;
  readonly #pending = new Fifo<PendingAck>();
  #closed = false;

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  /** Answers now, or behind those that wait. */
  push(header: number, packetId: number): void {
    if (this.#pending.length === 0) this.#outlet.pushAck(header, packetId);
    else this.#pending.push(new PendingAck(this, header, packetId, 0));
  }

  /** Answers when so many receivers have finished. */
  hold(header: number, packetId: number, receivers: number): PendingAck {
    const pending = new PendingAck(this, header, packetId, receivers);
    this.#pending.push(pending);
    return pending;
  }

  /** Sends what is ready and not behind something that is not. */
  flush(): void {
    if (this.#closed) return;
    while (this.#pending.first?.isReady) {
      const { header, packetId } = this.#pending.shift()!;
      this.#outlet.pushAck(header, packetId);
    }
  }

  /** The connection is over. */
  close(): void {
    this.#closed = true;
    this.#pending.clear();
  }
}
