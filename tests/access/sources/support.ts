/** Time that tests move, for sources. */
import type { PluginHarness } from "../../support/plugin_harness.ts";
import { turn } from "../../support/until.ts";

/** Moves time step by step, so that what waits for one timer can start the next. */
export async function advance(harness: PluginHarness, milliseconds: number): Promise<void> {
  await turn();
  for (let rest = milliseconds; rest > 0; rest -= 100) {
    harness.advance(Math.min(100, rest));
    await turn();
  }
}

/** A signal that never fires. */
export const NEVER: AbortSignal = new AbortController().signal;
