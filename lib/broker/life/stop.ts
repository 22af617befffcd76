/** An orderly stop of a broker. Invariants: each step is bounded in time; the steps after a slow one are still taken. */
import { runLifeHook } from "../../plugin/hooks.ts";
import type { PluginHost } from "../../plugin/host.ts";
import { withDeadline } from "../../wait.ts";
import { type CodedReason, ReasonCode } from "../../wire/codes.ts";
import type { Core } from "../core.ts";
import type { Listeners } from "./listeners.ts";

/** How long each of the four steps may take, milliseconds. */
const STEP_MS = 1200;

const STOPPING: CodedReason = { code: ReasonCode.SERVER_SHUTTING_DOWN, text: "the broker stops" };

/** What a running broker is made of. */
export interface RunningParts {
  readonly core: Core;
  readonly host: PluginHost;
  readonly listeners: Listeners;
  /** A reload that may be under way. */
  readonly reloading: Promise<unknown>;
  closeManagement(): Promise<void>;
  stopSweep(): void;
  /** What waits to be written is written. */
  closeStorage(): Promise<void> | undefined;
}

/** Stops accepting, gives clients what is queued, closes; done after five seconds at the latest. */
export async function stopInOrder(parts: RunningParts): Promise<void> {
  const { core, host, listeners, reloading } = parts;
  const unmanaged = parts.closeManagement();
  await atMost(core, "a reload", reloading);
  await atMost(core, "management", unmanaged);
  await atMost(
    core,
    "brokerStopping",
    runLifeHook(host.plugins, "brokerStopping", {}, core.hookClock),
  );
  core.isStopping = true;
  parts.stopSweep();
  core.rights.close();
  const closed = core.connections.close(STOPPING);
  await atMost(core, "closing", Promise.all([listeners.close(), closed]));
  await parts.closeStorage();
  await atMost(core, "leaving the bus", core.bus.leave());
  const stopped = runLifeHook(host.plugins, "brokerStopped", {}, core.hookClock);
  await atMost(core, "brokerStopped and dispose", stopped.then(() => host.dispose()));
  await atMost(core, "dispose", host.dispose()); // where a hook never answered
  core.hookClock.stop();
}

/** Waits for a step of the stop, but not for ever. */
export async function atMost(core: Core, step: string, done: Promise<unknown>): Promise<void> {
  if (await withDeadline(done, STEP_MS)) return;
  core.logger.warn(`${step} took longer than ${STEP_MS} ms; the stop goes on`);
}
