/**
 * A running broker follows a changed configuration. Invariant: no one is disconnected; what only a start can change is
 * kept as it was, and said.
 */
import { keepRunning, restartLines } from "../../config/restart.ts";
import type { BrokerConfig } from "../../config/types.ts";
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
  /** A line for each problem. */
  reloadRules(): Promise<string[]>;
}

/** Takes over what can change: plugins, limits, what listeners ask of clients, rules. */
export async function followConfig(
  config: BrokerConfig,
  { core, host, listeners, usePlugins, reloadRules }: Reloaded,
): Promise<ReloadResult> {
  const before = core.config;
  const openness = opennessOf(core);
  const changes = await host.reload(config.plugins, () => {
    core.config = keepRunning(before, config);
    usePlugins();
  });
  const problems = [...await listeners.update(core.config.listeners), ...await reloadRules()];
  const warnings = newOpenings(openness, opennessOf(core));
  return { changes: [...changes, ...restartLines(before, config)], problems, warnings };
}
