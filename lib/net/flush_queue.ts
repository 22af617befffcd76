/**
 * The connections with something to write. Every connection's loop flushes all of them when its chunk is used up, so
 * that packets of one turn leave in one write. One per broker. Invariant: after `flushAll` no connection waits; a flush
 * asked for outside of any loop comes within the same turn (a microtask).
 */

/** Something that can be flushed and knows that it waits. */
export interface Flushable {
  isDirty: boolean;
  flush(): void;
}

/** Collects and flushes. */
export class FlushQueue {
  #waiting: Flushable[] = [];
  #scheduled = false;
  /** True while a connection's loop runs, which will flush at its end. */
  inTurn = false;

  add(one: Flushable): void {
    one.isDirty = true;
    this.#waiting.push(one);
    if (!this.inTurn && !this.#scheduled) this.#schedule();
  }

  flushAll(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    for (let i = 0; i < waiting.length; i++) waiting[i]!.flush();
    waiting.length = 0;
  }

  #schedule(): void {
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.flushAll();
    });
  }
}
