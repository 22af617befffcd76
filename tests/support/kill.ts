/** Signals for child processes that may have ended by themselves a moment ago, which is no fault of who sends one. */

/** Sends the signal; a process that has ended already stays as it is. */
export function kill(child: Deno.ChildProcess, signal: Deno.Signal = "SIGKILL"): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
  }
}
