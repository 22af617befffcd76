/** What a reload cannot change: it is kept as it was, and said. Pure. */
import type { BrokerConfig } from "./types.ts";

/** A line for each key whose change waits for the next start. */
export function restartLines(before: BrokerConfig, after: BrokerConfig): string[] {
  const keys: string[] = [];
  if (differ(before.listeners, after.listeners)) keys.push("listeners");
  if (before.limits.maxTotalWriteBacklog !== after.limits.maxTotalWriteBacklog) {
    keys.push("max_total_write_backlog");
  }
  if (before.dataDir !== after.dataDir) keys.push("data_dir");
  if (differ(before.management, after.management)) keys.push("management");
  return keys.map((key) => `${key} changed: this takes effect at the next start`);
}

/** The new configuration with what only a start can change as it is now. */
export function keepRunning(before: BrokerConfig, after: BrokerConfig): BrokerConfig {
  const { dataDir, listeners, management, limits: { maxTotalWriteBacklog } } = before;
  const limits = { ...after.limits, maxTotalWriteBacklog };
  return { ...after, dataDir, listeners, management, limits };
}

function differ(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) !== JSON.stringify(b);
}
