/**
 * Which of EMQ X's plugins run, in which order, and what becomes of them. Invariant: a plugin that
 * decided who comes in or who may do what is carried over, or no one gets in in its stead.
 */
import { parseTerms } from "../../access/rules/erlang.ts";
import { UserError } from "../../user_error.ts";
import type { Draft, Place, SourceFile } from "./draft.ts";
import { HTTP_PLUGIN } from "./emqx_http.ts";
import { MONGO_PLUGIN } from "./emqx_mongo.ts";
import { Settings } from "./emqx_settings.ts";
import { DATABASE_PLUGINS, type SourcePlugin } from "./emqx_sources.ts";
import type { Library } from "./library.ts";
import { assignments, type Statement } from "./statements.ts";

const SOURCES: Readonly<Record<string, SourcePlugin>> = {
  ...DATABASE_PLUGINS,
  emqx_auth_mongo: MONGO_PLUGIN,
  emqx_auth_http: HTTP_PLUGIN,
};

/** Beginnings of keys in the files of plugins that decide about access and are not known here. */
const FOREIGN: Readonly<Record<string, string>> = {
  "auth.ldap.": "emqx_auth_ldap",
  "auth.jwt.": "emqx_auth_jwt",
  "auth.user.": "emqx_auth_username",
  "auth.client.": "emqx_auth_clientid",
  "auth.mnesia.": "emqx_auth_mnesia",
};

/** What Midge does by itself. */
const BUILT_IN = ["emqx_retainer", "emqx_mod_acl_internal", "emqx_mod_presence"];

/** A plugin that runs in EMQ X. */
interface Running {
  readonly name: string;
  /** Where it is said that it runs. */
  readonly place: Place;
  readonly files: readonly SourceFile[];
}

/** What is known of the plugins. */
export interface PluginFiles {
  /** emqx.conf, for the paths in it. */
  readonly conf: SourceFile | undefined;
  readonly plugins: readonly SourceFile[];
  readonly loaded: SourceFile | undefined;
  /** auth_order of 4.3: names of sources, first to last. */
  readonly order: readonly string[];
}

/** Writes the sources in their order. The result: did a plugin stay behind that decides about access? */
export async function setSources(
  files: PluginFiles,
  library: Library,
  draft: Draft,
  hasAcl: boolean,
): Promise<{ hasSource: boolean; hasGap: boolean }> {
  const running = inOrder(await runningPlugins(files, library, draft), files.order);
  let hasSource = false;
  let hasGap = false;
  for (const { name, place, files: own } of running) {
    const plugin = SOURCES[name];
    if (plugin === undefined) {
      hasGap = true;
      draft.skip(
        name,
        place,
        "Midge has no such source; whom it let in is refused, and its rules are gone",
      );
      continue;
    }
    const settings = new Settings(own.flatMap(assignments));
    const options = await plugin.read({ settings, files: own, library, draft, hasAcl });
    for (const option of options) {
      draft.set(["plugins", plugin.name, option.name], option.value, option.place);
    }
    for (const rest of settings.rest) draft.skip(rest.key, rest.place, "Midge has no such option");
    hasSource = true;
  }
  return { hasSource, hasGap };
}

/** `loaded_plugins` says what runs; without it, every file that was given. */
async function runningPlugins(
  files: PluginFiles,
  library: Library,
  draft: Draft,
): Promise<Running[]> {
  const byName = new Map<string, SourceFile[]>();
  for (const file of files.plugins) {
    for (const name of pluginNames(file)) byName.set(name, [...byName.get(name) ?? [], file]);
  }
  const { loaded } = files;
  if (loaded === undefined) {
    return [...byName].map(([name, own]) => ({
      name,
      place: { file: own[0]!.name, line: 0 },
      files: own,
    }));
  }
  const names = loadedNames(loaded);
  for (const [name, own] of byName) {
    if (!names.has(name)) draft.skip(name, { file: own[0]!.name, line: 0 }, "it is not loaded");
  }
  return await Promise.all(
    [...names].filter(([name]) => isAboutAccess(name, loaded, draft, names)).map(
      async ([name, place]) => ({
        name,
        place,
        files: byName.get(name) ?? [await confOf(name, place, files, library)],
      }),
    ),
  );
}

/** The plugins whose keys a file has, commented out or not. */
function pluginNames(file: SourceFile): string[] {
  const prefixes = [
    ...Object.entries(SOURCES).map(([name, { prefix }]) => [prefix, name] as const),
    ...Object.entries(FOREIGN),
  ];
  const found = prefixes.filter(([prefix]) =>
    new RegExp(`^\\s*#*\\s*${prefix.replaceAll(".", "\\.")}`, "m").test(file.text)
  );
  return found.map(([, name]) => name);
}

/** `{emqx_auth_mysql, true}.` or `emqx_auth_mysql.`, in the order in which they start. */
function loadedNames(file: SourceFile): Map<string, Place> {
  const names = new Map<string, Place>();
  for (const term of parseTerms(file.text)) {
    const [name, isOn] = term.kind === "tuple" ? term.items : [term];
    if (name?.kind !== "atom" || (isOn?.kind === "atom" && isOn.text === "false")) continue;
    names.set(name.text, { file: file.name, line: term.line });
  }
  return names;
}

/** Plugins without a say in access share one note. */
function isAboutAccess(
  name: string,
  file: SourceFile,
  draft: Draft,
  names: ReadonlyMap<string, Place>,
): boolean {
  if (/^emqx_(?:auth|sasl|psk)_?/.test(name)) return true;
  const others = [...names.keys()].filter((other) =>
    !/^emqx_(?:auth|sasl|psk)_?/.test(other) && !BUILT_IN.includes(other)
  );
  if (name === others[0]) {
    const place = names.get(name) ?? { file: file.name, line: 0 };
    draft.skip(others.join(", "), place, "Midge has no such plugins");
  }
  return false;
}

async function confOf(
  name: string,
  place: Place,
  { conf, loaded }: PluginFiles,
  library: Library,
): Promise<SourceFile> {
  const found = await library.find(`plugins/${name}.conf`, conf ?? loaded!);
  if (found !== undefined || SOURCES[name] === undefined) {
    return found ?? { name, path: "", text: "" };
  }
  throw new UserError([
    `${place.file}:${place.line}: ${name} is loaded, but there is no ${name}.conf here; ` +
    "name it on the command line too, wherever it is",
  ]);
}

/** Names in auth_order: http, mysql, pgsql or postgres, redis, mongo or mongodb. */
function inOrder(running: readonly Running[], order: readonly string[]): Running[] {
  const rank = ({ name }: Running) => {
    const plain = name.replace("emqx_auth_", "");
    const alias = SOURCES[name]?.name ?? plain;
    const at = order.findIndex((one) => one === plain || one === alias);
    return at < 0 ? order.length : at;
  };
  return [...running].sort((a, b) => rank(a) - rank(b));
}

/** `auth_order = http, mysql`; `none` is none. */
export function readOrder(statement: Statement | undefined): string[] {
  if (statement === undefined || statement.value === "none") return [];
  return statement.value.split(",").map((name) => name.trim());
}
