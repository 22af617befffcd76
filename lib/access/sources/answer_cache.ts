/**
 * A source's remembered answers, shared by all clients. Invariants: at most MAX_ANSWERS, the oldest goes first; an
 * answer is gone when its time has passed, also when the clock was set back.
 */
import { BoundedMap } from "../../bounded_map.ts";

const MAX_ANSWERS = 1000;

interface Remembered<T> {
  readonly answer: T;
  readonly since: number;
}

/** Answers by key, for a short while. */
export class AnswerCache<T> {
  readonly #ttl: number;
  readonly #answers = new BoundedMap<string, Remembered<T>>(MAX_ANSWERS);

  /** @param ttl milliseconds; 0: remembers nothing */
  constructor(ttl: number) {
    this.#ttl = ttl;
  }

  get size(): number {
    return this.#answers.size;
  }

  get(key: string, now: number): { readonly answer: T } | undefined {
    const remembered = this.#answers.get(key);
    if (remembered === undefined) return undefined;
    const age = now - remembered.since;
    if (age >= 0 && age < this.#ttl) return remembered;
    this.#answers.delete(key);
    return undefined;
  }

  set(key: string, answer: T, now: number): void {
    if (this.#ttl > 0) this.#answers.set(key, { answer, since: now });
  }

  clear(): void {
    this.#answers.clear();
  }
}
