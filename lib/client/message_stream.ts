/**
 * Messages as an async iterator. Invariants: it collects from the moment it is
 * made; a message counts as handled (and is acknowledged) when the next one is asked for; a stream that is
 * left (break, return, signal) holds nothing any more.
 */
import type { Hold } from "../net/ack_queue.ts";
import { Deferred } from "./deferred.ts";
import { Fifo } from "../fifo.ts";
import type { ReceivedMessage } from "./message.ts";
import {
  heldSize,
  type Holding,
  identifierOf,
  matcherOf,
  type MessageSelection,
  type Receiver,
} from "./receivers.ts";

interface Held {
  readonly message: ReceivedMessage;
  hold: Hold | undefined;
}

type Result = IteratorResult<ReceivedMessage, undefined>;

const END: Result = { done: true, value: undefined };

/** A queue of messages to iterate over, once. */
export class MessageStream implements AsyncIterableIterator<ReceivedMessage>, Receiver {
  readonly matches: (topicName: string) => boolean;
  readonly identifier: number | undefined;
  readonly #holding: Holding;
  readonly #queue = new Fifo<Held>();
  #last: Held | undefined;
  /** In the user's hands. */
  #current: Held | undefined;
  #reader: Deferred<Result> | undefined;
  #isOver = false;
  #error: { reason: unknown } | undefined;
  #unregister: (() => void) | undefined;
  #unlisten: (() => void) | undefined;

  constructor(selection: MessageSelection, holding: Holding, signal: AbortSignal | undefined) {
    this.matches = matcherOf(selection);
    this.identifier = identifierOf(selection);
    this.#holding = holding;
    if (signal !== undefined) this.#listen(signal);
  }

  /** For the inbox: how to take the stream out of its receivers. */
  onStop(unregister: () => void): void {
    if (this.#isOver) unregister();
    else this.#unregister = unregister;
  }

  receive(message: ReceivedMessage): boolean {
    const held: Held = { message, hold: undefined };
    this.#last = held;
    this.#holding.hold(heldSize(message));
    if (this.#reader === undefined) this.#queue.push(held);
    else {
      this.#current = held;
      this.#reader.resolve({ done: false, value: message });
      this.#reader = undefined;
    }
    return false;
  }

  attach(hold: Hold | undefined): void {
    this.#last!.hold = hold;
    this.#last = undefined;
  }

  next(): Promise<Result> {
    this.#finishCurrent();
    const held = this.#queue.shift();
    if (held !== undefined) {
      this.#current = held;
      return Promise.resolve({ done: false, value: held.message });
    }
    if (this.#isOver) return this.#ending();
    if (this.#reader !== undefined) return this.#reader.promise.then(() => this.next());
    this.#reader = new Deferred<Result>();
    return this.#reader.promise;
  }

  /** Ends the stream: what has not been taken is acknowledged and forgotten. */
  return(): Promise<Result> {
    this.#stop(undefined);
    return Promise.resolve(END);
  }

  /** The client is closed: what is queued can still be taken. */
  end(error: Error | undefined): boolean {
    if (this.#isOver) return true;
    this.#isOver = true;
    if (error !== undefined) this.#error = { reason: error };
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader !== undefined) {
      this.#ending().then((end) => reader.resolve(end), (why) => reader.reject(why));
    }
    return true;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #listen(signal: AbortSignal): void {
    const onAbort = () => this.#stop(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort);
    this.#unlisten = () => signal.removeEventListener("abort", onAbort);
  }

  #stop(reason: unknown): void {
    this.#finishCurrent();
    for (let held = this.#queue.shift(); held !== undefined; held = this.#queue.shift()) {
      this.#finish(held);
    }
    this.#unregister?.();
    this.#unregister = undefined;
    this.#unlisten?.();
    if (reason === undefined) this.#error = undefined;
    this.end(reason as Error | undefined);
  }

  /** An error is told once, then the stream is simply over. */
  #ending(): Promise<Result> {
    const error = this.#error;
    this.#error = undefined;
    return error === undefined ? Promise.resolve(END) : Promise.reject(error.reason);
  }

  #finishCurrent(): void {
    if (this.#current === undefined) return;
    const held = this.#current;
    this.#current = undefined;
    this.#finish(held);
  }

  #finish({ message, hold }: Held): void {
    this.#holding.letGo(heldSize(message));
    hold?.release();
  }
}
