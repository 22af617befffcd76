/** Waiting with an end. Used wherever a promise may never settle. */

/** Resolves when the promise settles or after so many milliseconds; tells which: true when it settled. */
export async function withDeadline(
  promise: Promise<unknown>,
  milliseconds: number,
): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), milliseconds);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
