/**
 * What is wrong with plugins together, and with what the configuration makes of them. Invariant: a storage that a plugin
 * brings is the one that is used, or the plugin is refused: none is left aside in silence.
 */
import type { Judge, LoadedPlugin } from "../../plugin/host.ts";
import type { Core } from "../core.ts";
import { problemsTogether } from "../openness.ts";

/** Judges the plugins of a broker by its configuration as it is then. */
export function judgeOf(core: Pick<Core, "config">): Judge {
  return (plugins) => [
    ...problemsTogether(plugins),
    ...storageProblems(plugins, core.config.storage?.plugin),
  ];
}

function storageProblems(
  plugins: readonly LoadedPlugin[],
  named: string | undefined,
): [plugin: LoadedPlugin, problem: string][] {
  return plugins.flatMap((plugin) => {
    const { config: { key }, hooks: { storage } } = plugin;
    if ((storage !== undefined) === (key === named)) return [];
    const problem = storage === undefined
      ? "it brings no storage, and `storage` names it; expected the hook `storage`"
      : `it brings a storage, which would not be used; expected \`storage: {plugin: ${key}}\``;
    return [[plugin, problem]];
  });
}
