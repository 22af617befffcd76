/**
 * The way of one question through the sources: the same for a decision and for its explanation. Invariants: a source
 * that throws, answers nonsense or does not answer in time denies; a ruling that a failure may have changed says so;
 * answers at hand are used at once, so that only a source that asks a server makes a client wait; every answer is
 * noted exactly once.
 */
import type { Decision, Verdict } from "../../plugin/decisions.ts";
import { type HookClock, inTime, isThenable } from "../../hook_deadline.ts";
import type { MaybePromise } from "../../plugin/types.ts";
import type { AnswerCounter, AnswerKind } from "./counters.ts";
import { logFailure, type Source } from "./source.ts";
import { messageOf } from "../../user_error.ts";

/** How a question about a publish, a subscription or a delivery ended. */
export interface Ruling {
  readonly allowed: boolean;
  /** Who decided and why; `acl_nomatch` when no source did. */
  readonly because: string;
  /**
   * A source on the way could not answer, and its answer could have made another ruling: true only for now, so
   * neither remembered nor a right withdrawn.
   */
  readonly failed?: boolean;
  /** The counter of the source that decided. */
  readonly counter?: AnswerCounter;
}

/** A source with its counter for this kind of question. */
export interface CountedSource {
  readonly source: Source;
  readonly counter: AnswerCounter;
}

/** One source's answer, as an explanation shows it. */
export interface Step {
  /** The plugin's name. */
  readonly source: string;
  /** What it said. */
  readonly answer: AnswerKind;
  /** The rule, row or line, or what failed. */
  readonly because: string | undefined;
  /** How long it took. */
  readonly microseconds: number;
}

/** A question and the sources that it is put to, in order. */
export interface Course {
  readonly sources: readonly CountedSource[];
  /** Is one denial enough, whatever other sources say? Else the first answer decides. */
  readonly asksAll: boolean;
  /** What holds when no source answers. */
  readonly unanswered: Ruling;
  /** Names the hook in the log. */
  readonly hook: string;
  put(source: Source): MaybePromise<Verdict>;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  readonly clock: HookClock;
  /** What the sources said, for an explanation; without it their answers are counted. */
  readonly steps?: Step[];
}

/**
 * Asks the sources from `start` on.
 * @param soFar The first allow of the sources before, while all are asked.
 * @param failed Has one of them failed?
 */
export function walk(
  course: Course,
  start = 0,
  soFar?: Ruling,
  failed = false,
): MaybePromise<Ruling> {
  const { sources, asksAll, unanswered } = course;
  let before = course.now();
  for (let i = start; i < sources.length; i++) {
    const asked = sources[i]!;
    const answer = ask(course, asked.source);
    if (answer instanceof Promise) {
      return answer.then((later) => {
        const ruling = note(course, asked, later, course.now() - before);
        if (isFinal(ruling, asksAll)) return withDoubt(ruling, failed && !asksAll);
        return walk(course, i + 1, soFar ?? ruling, failed || later?.failed === true);
      });
    }
    const after = course.now();
    const ruling = note(course, asked, answer, after - before);
    if (isFinal(ruling, asksAll)) return withDoubt(ruling, failed && !asksAll);
    soFar ??= ruling;
    failed ||= answer?.failed === true;
    before = after;
  }
  return withDoubt(soFar ?? unanswered, failed);
}

/** Where all are asked, only a denial ends the walk, whatever others would have said. */
function isFinal(ruling: Ruling | undefined, asksAll: boolean): ruling is Ruling {
  return ruling !== undefined && (!ruling.allowed || !asksAll);
}

function withDoubt(ruling: Ruling, failed: boolean): Ruling {
  return failed && !ruling.failed ? { ...ruling, failed } : ruling;
}

/** One source's answer; a failure is a denial, now or later. */
function ask(course: Course, source: Source): MaybePromise<Decision | undefined> {
  try {
    const answer = course.put(source);
    if (!isThenable(answer)) return toDecision(answer);
    return inTime(course.clock, course.hook, answer).then(toDecision)
      .catch((cause: unknown) => denyFailed(course, source, cause));
  } catch (cause) {
    return denyFailed(course, source, cause);
  }
}

function denyFailed({ hook }: Course, source: Source, cause: unknown): Decision {
  logFailure(source, hook, cause);
  return { result: "deny", because: `failed: ${messageOf(cause)}`, failed: true };
}

/**
 * An answer in its long form.
 * @throws TypeError for an answer that is none: `false` is no denial, and must not pass for no opinion
 */
export function toDecision(verdict: Verdict | null): Decision | undefined {
  if (verdict === undefined || verdict === null) return undefined;
  const decision: unknown = typeof verdict === "string" ? { result: verdict } : verdict;
  if (isDecision(decision)) return decision;
  throw new TypeError(`answered ${JSON.stringify(verdict)}; expected allow, deny or undefined`);
}

function isDecision(value: unknown): value is Decision {
  if (typeof value !== "object" || value === null || !("result" in value)) return false;
  const { result, superuser, username, returnCode } = value as { [Key in keyof Decision]: unknown };
  return (result === undefined || result === "allow" || result === "deny") &&
    (superuser === undefined || typeof superuser === "boolean") &&
    (username === undefined || typeof username === "string") &&
    (returnCode === undefined || [1, 2, 3, 4, 5].includes(returnCode as number));
}

/** Counts the answer, or adds it to the explanation, and makes a ruling of it if it is one. */
function note(
  { steps }: Course,
  { source, counter }: CountedSource,
  decision: Decision | undefined,
  milliseconds: number,
): Ruling | undefined {
  const answer = answerKind(decision);
  if (steps === undefined) counter.note(answer, milliseconds);
  else {
    const because = decision?.because;
    steps.push({
      source: source.name,
      answer,
      because,
      microseconds: Math.round(milliseconds * 1000),
    });
  }
  if (decision?.result === undefined) return undefined;
  const ruling = {
    allowed: decision.result === "allow",
    because: because(source, decision),
    counter,
  };
  return decision.failed ? { ...ruling, failed: true } : ruling;
}

/** What an answer is counted as. */
export function answerKind(decision: Decision | undefined): AnswerKind {
  if (decision?.failed) return "error";
  return decision?.result ?? "ignore";
}

/** The source and its reason, for people. */
export function because(source: Source, decision: Pick<Decision, "because">): string {
  return decision.because === undefined ? source.name : `${source.name}: ${decision.because}`;
}
