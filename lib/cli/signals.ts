/**
 * Signals -> what to do. Invariant: Ctrl-C under `deno task` arrives twice, so the
 * same signal within a second is the same signal; a later one does not wait for an orderly stop.
 */

import { signalsOf, type System } from "../platform.ts";

/** What ends the process; Ctrl-Break of Windows counts as SIGTERM. */
export type StopSignal = "SIGINT" | "SIGTERM";

/** How a process ends that one of them has stopped before it was done. */
export const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const satisfies Record<
  StopSignal,
  number
>;

/** A signal came before the work was done; SIGHUP counts as SIGTERM. */
export class Stopped extends Error {
  /** The exit code of the process. */
  readonly exitCode: number;

  constructor(signal: StopSignal) {
    super(`stopped by ${signal}`);
    this.exitCode = EXIT_CODES[signal];
  }
}

const SAME_SIGNAL_MS = 1000;

/** Tells the first stop signal, its echo and a demand to stop at once apart. */
export class StopDecider {
  #first: { signal: StopSignal; at: number } | undefined;

  /** What a signal at `now` (milliseconds) asks for. */
  decide(signal: StopSignal, now: number): "stop" | "same" | "force" {
    if (this.#first === undefined) {
      this.#first = { signal, at: now };
      return "stop";
    }
    const isEcho = signal === this.#first.signal && now - this.#first.at < SAME_SIGNAL_MS;
    return isEcho ? "same" : "force";
  }
}

/** What to do at signals. */
export interface SignalHandlers {
  stop(signal: StopSignal): void;
  force(signal: StopSignal): void;
  reload(): void;
}

/** How a process hears of signals: Deno, or a test. */
export type SignalSource = Pick<typeof Deno, "addSignalListener" | "removeSignalListener">;

/** Listens to the signals of this system (lib/platform.ts); the result stops listening. */
export function listenToSignals(
  handlers: SignalHandlers,
  system: System = Deno.build.os,
  source: SignalSource = Deno,
): () => void {
  const decider = new StopDecider();
  const onStop = (signal: StopSignal) => () => {
    const decision = decider.decide(signal, performance.now());
    if (decision !== "same") handlers[decision](signal);
  };
  const uses = {
    interrupt: onStop("SIGINT"),
    end: onStop("SIGTERM"),
    reload: () => handlers.reload(),
  };
  const listeners = signalsOf(system).map(({ signal, asksFor }) =>
    [signal, uses[asksFor]] as const
  );
  for (const [signal, listener] of listeners) source.addSignalListener(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) source.removeSignalListener(signal, listener);
  };
}
