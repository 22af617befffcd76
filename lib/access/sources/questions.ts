/**
 * Questions of one kind to a source: identical ones under way are asked once, and answers may be remembered for a
 * short while. Invariants: a question is asked as long as there is one who waits for it; an answer to a question of
 * an earlier generation is neither shared nor remembered; memory is bounded.
 */
import { AnswerCache } from "./answer_cache.ts";
import type { Clock } from "../../clock.ts";
import { fixedKey } from "../../fixed_key.ts";
import { orAborted } from "../../wait.ts";

/** Finds the answer; stops when the signal fires. */
export type Asking<T> = (signal: AbortSignal) => Promise<T>;

/** How far a question under way has come. */
export interface Progress {
  /** When it was put to the server, on the clock; undefined: it waits in a queue of ours. */
  begunAt: number | undefined;
}

/** A question under way. */
interface Shared<T> {
  readonly progress: Progress;
  readonly answer: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/** What questions need of their source. */
export interface QuestionContext {
  /** Answers grow old by it. */
  readonly clock: Pick<Clock, "now">;
  /** Rises when earlier answers are void. */
  readonly answersGeneration?: number | undefined;
}

/** Questions by a key that holds everything the answer depends on. */
export class Questions<T> {
  readonly #context: QuestionContext;
  readonly #underWay = new Map<string, Shared<T>>();
  readonly #answers: AnswerCache<T>;

  /** Remembers an answer for `ttl` milliseconds; 0: not at all. */
  constructor(context: QuestionContext, ttl: number) {
    this.#context = context;
    this.#answers = new AnswerCache(ttl);
  }

  /** Questions under way. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /** The remembered answer, in an object of its own since it may be undefined. */
  recall(key: string): { readonly answer: T } | undefined {
    return this.#answers.get(this.#stamped(key), this.#context.clock.now());
  }

  /**
   * Asks, or waits with one who asks the same already; rejects with the signal's reason when that fires.
   * @param watch gets how far the question has come, at once
   */
  async ask(
    key: string,
    signal: AbortSignal,
    asking: (signal: AbortSignal, progress: Progress) => Promise<T>,
    watch?: (progress: Progress) => void,
  ): Promise<T> {
    const stamped = this.#stamped(key);
    const shared = this.#underWay.get(stamped) ?? this.#start(stamped, asking);
    watch?.(shared.progress);
    shared.waiting++;
    try {
      return await orAborted(shared.answer, signal);
    } finally {
      if (--shared.waiting === 0) this.#abandon(stamped, shared, signal.reason);
    }
  }

  /** Forgets all answers. */
  forget(): void {
    this.#answers.clear();
  }

  #start(
    key: string,
    asking: (signal: AbortSignal, progress: Progress) => Promise<T>,
  ): Shared<T> {
    const controller = new AbortController();
    const progress = { begunAt: undefined };
    const answer = asking(controller.signal, progress).then((answer) => {
      this.#answers.set(key, answer, this.#context.clock.now());
      return answer;
    });
    answer.catch(() => {}); // no one may be left to hear of it
    const shared = { answer, controller, progress, waiting: 0 };
    this.#underWay.set(key, shared);
    return shared;
  }

  /** No one waits any more: because there is an answer, or because all have left. */
  #abandon(key: string, shared: Shared<T>, reason: unknown): void {
    if (this.#underWay.get(key) === shared) this.#underWay.delete(key);
    shared.controller.abort(reason);
  }

  #stamped(key: string): string {
    return `${this.#context.answersGeneration ?? 0} ${fixedKey(key)}`;
  }
}
