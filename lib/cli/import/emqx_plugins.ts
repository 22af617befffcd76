/**
 * What becomes of EMQ X's plugins. Invariant: a plugin that decided who comes in or who may do what is carried over,
 * or no one gets in in its stead.
 */
import type { Draft } from "./draft.ts";
import { SOURCES } from "./emqx_known.ts";
import { type PluginFiles, type Running, runningPlugins } from "./emqx_running.ts";
import { Settings } from "./emqx_settings.ts";
import type { SourcePlugin } from "./emqx_source.ts";
import type { Library } from "./library.ts";
import { assignments } from "./statements.ts";

/** Writes the sources in their order. The result: did a plugin stay behind that decides about access? */
export async function setSources(
  files: PluginFiles,
  library: Library,
  draft: Draft,
  hasAcl: boolean,
): Promise<{ hasSource: boolean; hasGap: boolean }> {
  let hasSource = false;
  let hasGap = false;
  for (const running of await runningPlugins(files, library, draft)) {
    const plugin = SOURCES[running.name];
    if (plugin === undefined) {
      const why = "Midge has no such source; whom it let in is refused, and its rules are gone";
      draft.skip(running.name, running.place, why);
      hasGap = true;
    } else {
      await setSource(plugin, running, library, draft, hasAcl);
      hasSource = true;
    }
  }
  return { hasSource, hasGap };
}

async function setSource(
  plugin: SourcePlugin,
  { files }: Running,
  library: Library,
  draft: Draft,
  hasAcl: boolean,
): Promise<void> {
  const settings = new Settings(files.flatMap(assignments));
  for (const option of await plugin.read({ settings, files, library, draft, hasAcl })) {
    draft.set(["plugins", plugin.name, option.name], option.value, option.place);
  }
  for (const rest of settings.rest) draft.skip(rest.key, rest.place, "Midge has no such option");
}
