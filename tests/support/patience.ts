/**
 * How long a test waits for what must come. Invariant: it is no assertion; it only ends a test that hangs, so it is
 * longer than the slowest machine takes.
 */

/** Milliseconds until a wait counts as hung. */
export const PATIENCE_MS = 120_000;
