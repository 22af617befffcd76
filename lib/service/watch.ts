/**
 * A broker under a service manager that wants to hear from it. Invariant: it is loaded only where NOTIFY_SOCKET is set.
 */
import { SYSTEM_CLOCK } from "../clock.ts";
import type { Logger } from "../plugin/types.ts";
import type { NotifyWishes } from "./environment.ts";
import { openNotifySocket } from "./notify_socket.ts";
import { type Watched, Watcher } from "./watcher.ts";

/** Begins to tell the manager; `folder`: where the broker may write. */
export function watchOver(
  watched: Watched,
  { socket, watchdogMs }: NotifyWishes,
  folder: string,
  logger: Logger,
): Watcher {
  const failed = (why: string) => {
    const line = `the service manager is not told how the broker is: ${why}`;
    if (socket.startsWith("@")) logger.debug(line); // Deno before 2.9 knows no abstract addresses
    else logger.warn(line);
  };
  const options = { clock: SYSTEM_CLOCK, watchdogMs, monotonicUs };
  return new Watcher(openNotifySocket(socket, folder, failed), watched, options);
}

/**
 * Of /proc/uptime, rounded up, for systemd takes no time before that of its own request. Deno lets only a program with
 * every right read it; systemd asks for it under Type=notify-reload alone, which Midge's unit does not have.
 */
function monotonicUs(): number | undefined {
  try {
    const [seconds = ""] = Deno.readTextFileSync("/proc/uptime").split(" ");
    return Math.round(Number(seconds) * 1e6) + 10_000;
  } catch {
    return undefined;
  }
}
