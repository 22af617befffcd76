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

/** Where MongoDB knows the user; no question. */
const AUTH_SOURCE = "auth_source";

/** What came of the plugins that decide about access. */
export interface Sources {
  readonly hasSource: boolean;
  /** Does one of them ask for passwords? */
  readonly hasLogins: boolean;
  /** Did one stay behind? */
  readonly hasGap: boolean;
}

/** Writes the sources in their order. */
export async function setSources(
  files: PluginFiles,
  library: Library,
  draft: Draft,
  hasAcl: boolean,
): Promise<Sources> {
  let hasSource = false;
  let hasLogins = false;
  let hasGap = false;
  for (const running of await runningPlugins(files, library, draft)) {
    const plugin = SOURCES[running.name];
    if (plugin === undefined) {
      const why = "Midge has no such source; whom it let in is refused, and its rules are gone";
      draft.skip(running.name, running.place, why);
      hasGap = true;
    } else {
      const asks = await setSource(plugin, running, library, draft, hasAcl);
      hasLogins ||= asks;
      hasSource = true;
    }
  }
  return { hasSource, hasLogins, hasGap };
}

/** Does it ask for passwords? */
async function setSource(
  plugin: SourcePlugin,
  { files }: Running,
  library: Library,
  draft: Draft,
  hasAcl: boolean,
): Promise<boolean> {
  const settings = new Settings(files.flatMap(assignments));
  const options = await plugin.read({ settings, files, library, draft, hasAcl });
  for (const option of options) {
    draft.set(["plugins", plugin.name, option.name], option.value, option.place);
  }
  for (const rest of settings.rest) draft.skip(rest.key, rest.place, "Midge has no such option");
  return options.some(({ name, value }) =>
    name.startsWith("auth_") && value !== null && name !== AUTH_SOURCE
  );
}
