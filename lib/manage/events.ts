/**
 * Sends events to a peer as they come. Invariants: it ends when the events do, and when the peer sends anything, goes
 * away or takes nothing; it begins with a sign of life, and one that hears nothing for ALIVE_MS gets a sign of life; what the peer has missed is said
 * before the next event.
 */
import type { Clock } from "../clock.ts";
import type { Answer } from "./protocol.ts";

/** How long a peer hears nothing at most, milliseconds. */
export const ALIVE_MS = 8000;

/** Events, as a handler gives them; those of a feed may know how many were missed. */
export type Events = AsyncIterableIterator<unknown> & { takeMissed?(): number };

/** Is this what a handler of a stream gives? */
export function areEvents(value: unknown): value is Events {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value &&
    "next" in value;
}

/** Where events go. */
export interface EventSink {
  readonly id: number;
  readonly clock: Pick<Clock, "after">;
  /** Settles when the peer says something, or is gone. */
  readonly heard: Promise<unknown>;
  /** Waits for an event; here is said what failed in it. */
  reported<T>(work: () => Promise<T>): Promise<T>;
  send(answer: Answer): Promise<void>;
}

/** Sends all of them, one after the other; what the events or the sink throw is thrown. */
export async function sendEvents(events: Events, sink: EventSink): Promise<void> {
  const stop = () => void events.return?.().catch(() => {}); // it is told by next
  sink.heard.then(stop, stop);
  const sender = new Sender(sink, stop);
  try {
    await sink.send({ id: sink.id, alive: true }); // from here on nothing is missed
    for (;;) {
      sender.waits();
      const next = await sink.reported(() => events.next());
      if (next.done) break;
      const missed = events.takeMissed?.() ?? 0;
      if (missed > 0) await sender.send({ id: sink.id, missed });
      await sender.send({ id: sink.id, event: next.value });
    }
  } finally {
    stop();
    await sender.end();
  }
}

/** Sends one answer at a time, and signs of life meanwhile. */
class Sender {
  readonly #sink: EventSink;
  readonly #failed: () => void;
  #alive: Promise<void> | undefined;
  #cancel: () => void = () => {};

  constructor(sink: EventSink, failed: () => void) {
    this.#sink = sink;
    this.#failed = failed;
  }

  /** From now on the peer hears nothing, until `send`. */
  waits(): void {
    this.#cancel = this.#sink.clock.after(ALIVE_MS, () => {
      const { id } = this.#sink;
      this.#alive = this.#sink.send({ id, alive: true }).then(() => this.waits());
      this.#alive.catch(() => this.#failed());
    });
  }

  async send(answer: Answer): Promise<void> {
    await this.end();
    await this.#sink.send(answer);
  }

  /** No sign of life is sent any more, and none is under way. */
  async end(): Promise<void> {
    this.#cancel();
    const alive = this.#alive;
    this.#alive = undefined;
    await alive;
    this.#cancel(); // a sign of life that was under way began to wait again
  }
}
