/**
 * How often each source gave which answer, and how long it took, from a broker's start to its stop. Invariant:
 * counting is an addition to a number that is at hand, never a look-up.
 */
import { Histogram, type HistogramView } from "../../histogram.ts";
import type { AccessQuestion } from "../../plugin/decisions.ts";
import type { AnswerCounts } from "../../plugin/metrics.ts";

/** What a source said: `error` when it failed, whatever was made of that. */
export type AnswerKind = "allow" | "deny" | "ignore" | "error";

/** The answers of one source to one kind of question. */
export class AnswerCounter implements AnswerCounts {
  allow = 0;
  deny = 0;
  ignore = 0;
  error = 0;
  cacheHits = 0;
  microseconds = 0;
  worstMicroseconds = 0;
  readonly #times = new Histogram();

  /** Counts an answer that took that many milliseconds. */
  note(answer: AnswerKind, milliseconds: number): void {
    this[answer]++;
    const microseconds = milliseconds * 1000;
    this.microseconds += microseconds;
    this.#times.observe(microseconds);
    if (microseconds > this.worstMicroseconds) this.worstMicroseconds = microseconds;
  }

  /** How long the answers took, microseconds. */
  get times(): HistogramView {
    return this.#times.view;
  }
}

/** The counters of one broker. They outlive the chain, which every change of rules makes anew. */
export class AccessCounters {
  /** Questions that a client's cache answered, and that it could not. */
  cacheHits = 0;
  cacheMisses = 0;
  readonly #counters = new Map<string, AnswerCounter>();

  /** The counter of a source for one kind of question; made when it is first asked for. */
  of(source: string, question: AccessQuestion): AnswerCounter {
    const key = `${question} ${source}`;
    let counter = this.#counters.get(key);
    if (counter === undefined) this.#counters.set(key, counter = new AnswerCounter());
    return counter;
  }
}
