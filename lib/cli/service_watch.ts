/**
 * A broker that `midge start` runs, under a service manager. Invariant: without NOTIFY_SOCKET nothing is loaded.
 */
import type { Broker } from "../broker/life/broker.ts";
import type { Logger } from "../plugin/types.ts";
import { notifyWishes, serviceFolders } from "../service/environment.ts";
import type { Watcher } from "../service/watcher.ts";

/** Who tells the service manager; undefined: there is none, or it does not want to hear. */
export async function watcherOf(
  broker: Broker,
  dataDir: string,
  logger: Logger,
): Promise<Watcher | undefined> {
  const wishes = notifyWishes();
  if (wishes === undefined) return undefined;
  const { watchOver } = await import("../service/watch.ts");
  const watched = { beats: () => broker.pulse.beats, status: () => statusOf(broker) };
  const { runtime, state } = serviceFolders();
  const watcher = watchOver(watched, wishes, runtime ?? state ?? dataDir, logger);
  broker.pulse.onLoading = () => watcher.loading();
  return watcher;
}

function statusOf(broker: Broker): string {
  const { clientsConnected } = broker.metrics;
  const clients = clientsConnected === 1 ? "1 client" : `${clientsConnected} clients`;
  return `${clients}; ${broker.listenerLines.join(", ")}`;
}
