/**
 * What becomes of EMQ X's plugins. Invariant: a plugin that decided who comes in or who may do what is carried over,
 * or no one gets in in its stead, nor by one that was asked after it.
 */
import type { Draft } from "./draft.ts";
import { SOURCES } from "./emqx_known.ts";
import { type PluginFiles, type Running, runningPlugins } from "./emqx_running.ts";
import { Settings } from "./emqx_settings.ts";
import type { Option, SourceContext, SourcePlugin } from "./emqx_source.ts";
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
      const options = await readOptions(plugin, running, { library, draft, hasAcl });
      const kept = hasGap ? withoutLogins(plugin, running, options, draft) : options;
      for (const { name, value, place } of kept) {
        draft.set(["plugins", plugin.name, name], value, place);
      }
      hasLogins ||= kept.some(isLogin);
      hasSource = true;
    }
  }
  return { hasSource, hasLogins, hasGap };
}

async function readOptions(
  plugin: SourcePlugin,
  { files }: Running,
  context: Pick<SourceContext, "library" | "draft" | "hasAcl">,
): Promise<Option[]> {
  const settings = new Settings(files.flatMap(assignments));
  const options = await plugin.read({ ...context, settings, files });
  for (const { key, place } of settings.rest) {
    context.draft.skip(key, place, "Midge has no such option");
  }
  return options;
}

/** Behind a plugin that is gone, and may have refused whom this one knows, only its rights are asked for. */
function withoutLogins(
  { name }: SourcePlugin,
  running: Running,
  options: readonly Option[],
  draft: Draft,
): Option[] {
  if (!options.some(isLogin)) return [...options];
  const why =
    "it lets no one in, because a plugin that was asked before it stays behind and may have " +
    "refused whom it knows; put its question back if it did not";
  draft.skip(`${running.name}: passwords`, running.place, why);
  if (name !== "http") {
    return options.map((option) =>
      isLogin(option) || isSuper(option) ? { ...option, value: null } : option
    );
  }
  const isAsked = options.some((option) => option.name === "acl_req");
  return isAsked ? options.filter((option) => !isLogin(option) && !isSuper(option)) : [];
}

function isLogin({ name, value }: Option): boolean {
  return name.startsWith("auth_") && value !== null && name !== AUTH_SOURCE;
}

function isSuper({ name }: Option): boolean {
  return name.startsWith("super_");
}
