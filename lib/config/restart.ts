/** What a reload cannot change: it is kept as it was, and said. Pure. */
import type { BrokerConfig, ListenerConfig, PluginConfig } from "./types.ts";

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
  for (const name of storingPlugins(before, after)) {
    if (!isSamePlugin(before, after, name)) keys.push(`plugins.${name}`);
  }
  return keys.map((key) => `${key} changed: this takes effect at the next start`);
}

/** The new configuration with what only a start can change as it is now. */
export function keepRunning(before: BrokerConfig, after: BrokerConfig): BrokerConfig {
  const { dataDir, management, storage, limits: { maxTotalWriteBacklog } } = before;
  const listeners = before.listeners.map((one) => followed(one, after.listeners));
  const limits = { ...after.limits, maxTotalWriteBacklog };
  const plugins = keptPlugins(before, after);
  return { ...after, dataDir, listeners, plugins, management, storage, limits };
}

/** Those that keep what is stored, now and from the next start on. */
function storingPlugins(before: BrokerConfig, after: BrokerConfig): Set<string> {
  const names = [before.storage?.plugin, after.storage?.plugin];
  return new Set(names.filter((name) => name !== undefined));
}

function isSamePlugin(before: BrokerConfig, after: BrokerConfig, name: string): boolean {
  const [was, is] = [before, after].map(({ plugins }) => plugins.find(({ key }) => key === name));
  return was?.module === is?.module && was?.plugin === is?.plugin &&
    !differ(was?.options, is?.options);
}

/** The new plugins, but one that keeps what is stored stays as it is: loaded, or not loaded yet. */
function keptPlugins(before: BrokerConfig, after: BrokerConfig): PluginConfig[] {
  const names = storingPlugins(before, after);
  const kept = before.plugins.filter(({ key }) => names.has(key));
  const isKept = (one: PluginConfig) => kept.some(({ key }) => key === one.key);
  const followed = after.plugins.map((one) => kept.find(({ key }) => key === one.key) ?? one)
    .filter((one) => !names.has(one.key) || isKept(one));
  return [...followed, ...kept.filter((one) => !followed.includes(one))];
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
