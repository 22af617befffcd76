/**
 * A running broker follows a changed configuration. Invariant: no one is disconnected; what only a start can change is
 * kept as it was, and said.
 */
import { keepRunning, restartLines } from "../../config/restart.ts";
import type { BrokerConfig } from "../../config/types.ts";
import { runLifeHook } from "../../plugin/hooks.ts";
import type { PluginHost } from "../../plugin/host.ts";
import type { Core } from "../core.ts";
import type { ReloadResult } from "../face/admin.ts";
import { newOpenings, opennessOf } from "../openness.ts";
import type { Listeners } from "./listeners.ts";

/** What a reload works on. */
export interface Reloaded {
  readonly core: Core;
  readonly host: PluginHost;
  readonly listeners: Listeners;
  /** The host's plugins decide from now on. */
  usePlugins(): void;
}

/** Takes over what can change: plugins, limits, bans, what listeners ask of clients, rules. */
export async function followConfig(
  config: BrokerConfig,
  reloaded: Reloaded,
): Promise<ReloadResult> {
  const { core, host, listeners, usePlugins } = reloaded;
  const before = core.config;
  const openness = opennessOf(core);
  const after = keepRunning(before, config);
  const changes = await host.reload(after.plugins, () => {
    core.config = after;
    usePlugins();
  });
  const problems = [
    ...await listeners.update(core.config.listeners),
    ...await core.bans.reload(),
    ...await followRules(reloaded),
  ];
  const warnings = newOpenings(openness, opennessOf(core));
  return { changes: [...changes, ...restartLines(before, config)], problems, warnings };
}

/**
 * Has every plugin read its rules again and asks about living subscriptions again.
 * @returns a line for each problem: what was there before holds
 */
export async function followRules({ core, host, usePlugins }: Reloaded): Promise<string[]> {
  const problems = await runLifeHook(host.plugins, "brokerReloading", {}, core.hookClock);
  usePlugins();
  await core.rights.changed();
  return problems;
}
