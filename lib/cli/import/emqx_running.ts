/**
 * Which of EMQ X's plugins run, and in which order they are asked. Invariant: a plugin that runs and has a say in
 * access is in the result, with its files; where those are missing, it is an error.
 */
import { parseTerms } from "../../access/rules/erlang.ts";
import { UserError } from "../../user_error.ts";
import type { Draft, Place, SourceFile } from "./draft.ts";
import { KEY_PREFIXES, SOURCES } from "./emqx_known.ts";
import type { Library } from "./library.ts";
import type { Statement } from "./statements.ts";

/** What Midge does by itself. */
const BUILT_IN = ["emqx_retainer", "emqx_mod_acl_internal", "emqx_mod_presence"];

/** Without a say in who comes in and who may do what. Any other plugin may have one. */
const HARMLESS = new Set([
  "emqx_bridge_mqtt",
  "emqx_coap",
  "emqx_dashboard",
  "emqx_delayed_publish",
  "emqx_exproto",
  "emqx_lwm2m",
  "emqx_management",
  "emqx_modules",
  "emqx_mod_delayed",
  "emqx_mod_rewrite",
  "emqx_mod_subscription",
  "emqx_mod_topic_metrics",
  "emqx_mod_trace",
  "emqx_prometheus",
  "emqx_recon",
  "emqx_reloader",
  "emqx_rule_engine",
  "emqx_slow_subs",
  "emqx_sn",
  "emqx_statsd",
  "emqx_stomp",
  "emqx_telemetry",
  "emqx_web_hook",
  ...BUILT_IN,
]);

/** A plugin that runs in EMQ X. */
export interface Running {
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

/** The plugins that run, in the order in which they are asked. */
export async function runningPlugins(
  files: PluginFiles,
  library: Library,
  draft: Draft,
): Promise<Running[]> {
  return inOrder(await loadedPlugins(files, library, draft), files.order);
}

/** `loaded_plugins` says what runs; without it, every file that was given. */
async function loadedPlugins(
  files: PluginFiles,
  library: Library,
  draft: Draft,
): Promise<Running[]> {
  const byName = filesByName(files.plugins);
  const { loaded } = files;
  if (loaded === undefined) {
    return [...byName].map(([name, own]) => ({ name, place: startOf(own), files: own }));
  }
  const names = loadedNames(loaded);
  for (const [name, own] of byName) {
    if (!names.has(name)) draft.skip(name, startOf(own), "it is not loaded");
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

/** Those among the files that were given, by plugin. */
function filesByName(plugins: readonly SourceFile[]): Map<string, SourceFile[]> {
  const byName = new Map<string, SourceFile[]>();
  for (const file of plugins) {
    for (const name of pluginNames(file)) byName.set(name, [...byName.get(name) ?? [], file]);
  }
  return byName;
}

function startOf(files: readonly SourceFile[]): Place {
  return { file: files[0]!.name, line: 0 };
}

/** The plugins whose keys a file has, commented out or not. */
function pluginNames(file: SourceFile): string[] {
  const found = KEY_PREFIXES.filter(([prefix]) =>
    new RegExp(`^\\s*#*\\s*${prefix.replaceAll(".", "\\.")}`, "m").test(file.text)
  );
  return found.map(([, name]) => name);
}

/** Is this data/loaded_modules, and not data/loaded_plugins? */
export function isModules(file: SourceFile): boolean {
  return /\bemqx_mod_/.test(file.text) && !/\bemqx_(?!mod_)/.test(file.text);
}

/** Does the module run that reads acl_file? */
export function hasAclModule(modules: SourceFile): boolean {
  return loadedNames(modules).has("emqx_mod_acl_internal");
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
  if (!HARMLESS.has(name)) return true;
  const others = [...names.keys()].filter((other) =>
    HARMLESS.has(other) && !BUILT_IN.includes(other)
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
