/**
 * What `midge pub` and `midge sub` have in common: a client from connect to disconnect, signals, exit codes.
 * Invariant: whatever happens, the client is closed before the exit code is known.
 */
import { Client } from "../client/client.ts";
import { ClientError } from "../client/errors.ts";
import type { DisconnectOptions } from "../client/options.ts";
import type { ClientConfig } from "../client/config_types.ts";
import { UserError } from "../user_error.ts";
import { withNextStep } from "./next_steps.ts";
import { EXIT_CODES, listenToSignals, Stopped } from "./signals.ts";
import { printProblem } from "./terminal.ts";

/** Exit codes beside 0 (done), 2 (command line not understood) and those of a signal. */
export const EXIT = {
  /** The broker could not be reached, refused, or was lost. */
  FAILED: 1,
  /** --timeout was over before it was done; mosquitto_sub's code. */
  TIMEOUT: 27,
} as const;

/** What else may be done with the client. */
export interface ClientSteps {
  /** Before connecting: a kept session's messages come together with CONNACK. */
  readonly prepare?: (client: Client) => void;
  /** How to disconnect. */
  readonly leave?: DisconnectOptions;
  /** The exit code of an error of the client; default EXIT.FAILED. */
  readonly failed?: (error: ClientError) => number;
}

/**
 * Connects, works, disconnects.
 * @param work its result is the exit code; `stop` fires with a Stopped at SIGINT, SIGTERM and SIGHUP
 */
export async function withClient(
  config: ClientConfig,
  work: (client: Client, stop: AbortSignal) => Promise<number>,
  { prepare, leave = {}, failed = () => EXIT.FAILED }: ClientSteps = {},
): Promise<number> {
  const controller = new AbortController();
  const unlisten = listenToSignals({
    stop: (signal) => controller.abort(new Stopped(signal)),
    force: (signal) => Deno.exit(EXIT_CODES[signal]),
    reload: () => controller.abort(new Stopped("SIGTERM")),
  });
  const client = new Client({ config });
  prepare?.(client);
  try {
    await client.connect({ signal: controller.signal });
    return await work(client, controller.signal);
  } catch (error) {
    return exitCodeOf(error, failed);
  } finally {
    await client.disconnect(leave);
    unlisten();
  }
}

/** Says what went wrong in one line; what no one expected is thrown on. */
function exitCodeOf(error: unknown, failed: (error: ClientError) => number): number {
  if (error instanceof Stopped) return error.exitCode;
  if (!(error instanceof ClientError || error instanceof UserError)) throw error;
  printProblem(`midge: ${withNextStep(error.message)}`);
  return error instanceof ClientError ? failed(error) : EXIT.FAILED;
}
