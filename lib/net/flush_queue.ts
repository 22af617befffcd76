/**
 * The connections with something to write. Every connection's loop flushes all of them when its chunk is used up, so
 * that packets of one turn leave in one write. One per broker. Invariants: after `flushAll` no connection waits but
 * those of many, which are flushed in slices; a flush asked for outside of any loop comes within the same turn (a
 * microtask).
 */
import { Fifo } from "../fifo.ts";
import { Slice, type Turn } from "./turn.ts";

/** Connections that are flushed without a look at the clock. */
const FEW = 256;

/** Something that can be flushed and knows that it waits. */
export interface Flushable {
  isDirty: boolean;
  flush(): void;
}

/** Collects and flushes. */
export class FlushQueue {
  #waiting: Flushable[] = [];
  /** Of many connections those whose turn is still to come. */
  readonly #rest = new Fifo<Flushable>();
  #isSlicing = false;
  #scheduled = false;
  readonly #services: { readonly turn: Turn; now(): number } | undefined;
  /** True while a connection's loop runs, which will flush at its end. */
  inTurn = false;

  /** @param services without them everything is flushed at once */
  constructor(services?: { readonly turn: Turn; now(): number }) {
    this.#services = services;
  }

  add(one: Flushable): void {
    one.isDirty = true;
    this.#waiting.push(one);
    if (!this.inTurn && !this.#scheduled) this.#schedule();
  }

  /** @param own the connection whose turn it is: it does not wait behind many others */
  flushAll(own?: Flushable): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    if (waiting.length > FEW && this.#services !== undefined) {
      if (own?.isDirty) own.flush();
      return this.#flushMany(waiting);
    }
    for (let i = 0; i < waiting.length; i++) waiting[i]!.flush();
    waiting.length = 0;
  }

  /** What is added meanwhile by few does not wait behind the many. */
  #flushMany(waiting: Flushable[]): void {
    this.#waiting = [];
    for (const one of waiting) this.#rest.push(one);
    if (!this.#isSlicing) this.#flushRest(this.#services!);
  }

  #flushRest(services: { readonly turn: Turn; now(): number }): void {
    const slice = new Slice(services);
    for (let one = this.#rest.shift(); one !== undefined; one = this.#rest.shift()) {
      one.flush();
      if (!slice.isOver) continue;
      this.#isSlicing = true;
      return void services.turn.pause().then(() => this.#flushRest(services));
    }
    this.#isSlicing = false;
  }

  #schedule(): void {
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.flushAll();
    });
  }
}
