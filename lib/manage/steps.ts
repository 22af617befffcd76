/**
 * A listing, part by part, with pauses. Invariant: however many parts there are, and whether what is done with each
 * waits for anything or not, timers and sockets have their turn after STEP_MS.
 */

/** How long parts are made and handed on in one piece, milliseconds. */
const STEP_MS = 4;

/**
 * Does the work for each part, one after the other; what it throws ends the listing.
 * @param work false: there is no need of more
 */
export async function inSteps<Part>(
  parts: Iterable<Part>,
  work: (part: Part) => Promise<unknown> | boolean,
): Promise<void> {
  let from = performance.now();
  for (const part of parts) {
    if (await work(part) === false) return;
    if (performance.now() - from < STEP_MS) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    from = performance.now();
  }
}
