/** What a reload cannot change: it is kept as it was, and said. Pure. */
import type { BrokerConfig, ListenerConfig } from "./types.ts";

/** A line for each key whose change waits for the next start. */
export function restartLines(before: BrokerConfig, after: BrokerConfig): string[] {
  const keys: string[] = [];
  if (differ(before.listeners.map(fixedParts), after.listeners.map(fixedParts))) {
    keys.push("listeners");
  }
  if (before.limits.maxTotalWriteBacklog !== after.limits.maxTotalWriteBacklog) {
    keys.push("max_total_write_backlog");
  }
  if (before.dataDir !== after.dataDir) keys.push("data_dir");
  if (differ(before.management, after.management)) keys.push("management");
  if (differ(before.storage, after.storage)) keys.push("storage");
  return keys.map((key) => `${key} changed: this takes effect at the next start`);
}

/** The new configuration with what only a start can change as it is now. */
export function keepRunning(before: BrokerConfig, after: BrokerConfig): BrokerConfig {
  const { dataDir, management, storage, limits: { maxTotalWriteBacklog } } = before;
  const listeners = before.listeners.map((one) => followed(one, after.listeners));
  const limits = { ...after.limits, maxTotalWriteBacklog };
  return { ...after, dataDir, listeners, management, storage, limits };
}

/** What an open listener is. */
function fixedParts({ name, transport, hostname, port, socketFile }: ListenerConfig) {
  return { name, transport, hostname, port, socketFile };
}

/** The new configuration of a listener that stays what it is, or the one that it has. */
function followed(before: ListenerConfig, after: readonly ListenerConfig[]): ListenerConfig {
  const same = after.find(({ name }) => name === before.name);
  return same === undefined || differ(fixedParts(before), fixedParts(same)) ? before : same;
}

function differ(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) !== JSON.stringify(b);
}
