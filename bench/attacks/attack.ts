/** What an attack is. Invariant: it ends by itself, after at most {@link AT_MOST} and a bounded amount of bytes. */
import type { RunningBroker } from "../brokers.ts";
import type { Door } from "../doors.ts";
import type { Target } from "../../lib/cli/load/target.ts";

/** Milliseconds. */
export const AT_MOST = 30_000;

/** The broker under attack. */
export interface Scene {
  readonly broker: RunningBroker;
  readonly target: Target;
  /** Fires when the attack has to end. */
  readonly signal: AbortSignal;
}

/** One thing that a client can do to all the others. */
export interface Attack {
  /** As on the command line: `connect-reset`. */
  readonly name: string;
  /** One sentence, for the table. */
  readonly what: string;
  /** More YAML for Midge's configuration, beside the listener. */
  readonly midge?: string;
  /** More lines for mosquitto's; undefined: the scene means nothing there. */
  readonly mosquitto?: string;
  /** Listeners beside the plain one, on which the quiet client is. */
  readonly doors?: readonly Door[];
  /** What runs beside the broker, from before its start to after its end: a source that it asks. */
  readonly beside?: () => AsyncDisposable;
  /** Does it; what it returns stands beside the measurements, `{accepted: 12}` for example. */
  run(scene: Scene): Promise<Readonly<Record<string, number>>>;
}
