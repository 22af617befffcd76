/** Waiting for something that only a look can tell, with a deadline. */
import { PATIENCE_MS } from "./patience.ts";

/** One turn of the event loop: everything that is ready now has run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Looks again after every turn of the event loop until it is so. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${PATIENCE_MS} ms`);
    await turn();
  }
}

/** Asks again and again until the answer is yes. */
export async function untilAsync(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!await isSo()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${PATIENCE_MS} ms`);
  }
}
