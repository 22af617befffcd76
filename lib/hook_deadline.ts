/**
 * One deadline for every hook that is awaited: what never answers must not hold up a client, a start, a reload or a
 * stop. Invariant: nothing is left running once the hook has answered.
 */
import type { Clock } from "./clock.ts";
import { UserError } from "./user_error.ts";

/** How long a plugin's hook may take, milliseconds. A server behind it has time-outs of its own, which are shorter. */
export const HOOK_MS = 30_000;

/** Where deadlines come from. */
export type HookClock = Pick<Clock, "after">;

/**
 * What the hook answers.
 * @param discard takes an answer that comes too late, so that nothing that was opened stays open
 * @throws UserError when it does not answer in {@link HOOK_MS}
 */
export async function inTime<T>(
  clock: HookClock,
  hook: string,
  answer: T | Promise<T>,
  discard?: (late: T) => void,
): Promise<T> {
  if (!isThenable(answer)) return answer;
  const { promise: late, reject } = Promise.withResolvers<never>();
  const cancel = clock.after(HOOK_MS, () => {
    reject(new UserError(`${hook} has not finished in ${HOOK_MS / 1000} s`));
    if (discard !== undefined) answer.then(discard, () => {}); // what failed has nothing open
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    cancel();
  }
}

/** A promise, of whatever make: one that is not known as such would count as an answer. */
export function isThenable<T>(answer: T | Promise<T>): answer is Promise<T> {
  return typeof answer === "object" && answer !== null && "then" in answer;
}
