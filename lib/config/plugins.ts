/**
 * `plugins` -> PluginConfig[]: which module or object each name stands for, and what must be known of a packaged plugin
 * before it is imported. Invariant: the order is the one of the configuration; a plugin, or a part of one, appears
 * once; nothing is imported here.
 */
import { isAbsolute, resolve, toFileUrl } from "./paths.ts";
import { isMapping, suggestion, underscored } from "./keys.ts";
import type { KeyPath, Problems } from "./problems.ts";
import type { LogLevel, PluginConfig } from "./types.ts";
import { maskedUrls } from "../secrets.ts";

/** A plugin that comes with Midge: `plugins/<name>.ts`. */
interface PackagedPlugin {
  readonly name: string;
  /** What aMQTT and EMQ X call it. */
  readonly aliases: readonly string[];
  /** Names of aMQTT's for a part of it, and the options that choose the part. */
  readonly parts?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** It does nothing but write to the log, and at no other level: where that is off it need not be imported. */
  readonly onlyLogsAt?: LogLevel;
}

/** All packaged plugins, by the name people write. A new file in plugins/ needs a row here. */
export const PACKAGED_PLUGINS: readonly PackagedPlugin[] = [
  {
    name: "event_logger",
    aliases: ["event_logger_plugin", "amqtt.plugins.logging_amqtt.EventLoggerPlugin"],
  },
  {
    name: "packet_logger",
    aliases: ["packet_logger_plugin", "amqtt.plugins.logging_amqtt.PacketLoggerPlugin"],
    onlyLogsAt: "debug",
  },
  { name: "auth_anonymous", aliases: ["amqtt.plugins.authentication.AnonymousAuthPlugin"] },
  {
    name: "auth_cert",
    aliases: [],
    parts: { "amqtt.contrib.cert.UserAuthCertPlugin": { required: true } },
  },
  { name: "auth_file", aliases: ["amqtt.plugins.authentication.FileAuthPlugin"] },
  { name: "auth_scram", aliases: [] },
  { name: "topic_taboo", aliases: ["amqtt.plugins.topic_checking.TopicTabooPlugin"] },
  {
    name: "topic_acl",
    aliases: ["amqtt.plugins.topic_checking.TopicAccessControlListPlugin"],
  },
  { name: "broker_sys", aliases: ["amqtt.plugins.sys.broker.BrokerSysPlugin"] },
  { name: "prometheus", aliases: [] },
  { name: "acl_file", aliases: ["emqx_mod_acl_internal"] },
  {
    name: "http",
    aliases: ["emqx_auth_http"],
    parts: {
      "amqtt.contrib.http.UserAuthHttpPlugin": { user_uri: "/user" },
      "amqtt.contrib.http.TopicAuthHttpPlugin": { topic_uri: "/acl" },
    },
  },
  { name: "mysql", aliases: ["emqx_auth_mysql"] },
  { name: "postgres", aliases: ["emqx_auth_pgsql"] },
  { name: "redis", aliases: ["emqx_auth_redis"] },
  { name: "mongodb", aliases: ["emqx_auth_mongo"] },
  { name: "dashboard", aliases: [] },
];

/** The names people write, for error lines. */
export const PACKAGED_NAMES: readonly string[] = PACKAGED_PLUGINS.map(({ name }) => name);

/** The only thing that a plugin does is to log at this level; undefined where it does more. */
export function onlyLogsAt({ name, packaged }: PluginConfig): LogLevel | undefined {
  if (!packaged) return undefined;
  return PACKAGED_PLUGINS.find((one) => one.name === name)?.onlyLogsAt;
}

/** Where a configuration looks for things. */
interface Place {
  /** Absolute; relative module paths start here. */
  readonly directory: string;
}

/** The short name that a name or alias stands for; undefined when it is none of ours. */
export function packagedName(key: string): string | undefined {
  const plain = plainName(key);
  return PACKAGED_PLUGINS.find(({ name, aliases, parts = {} }) =>
    name === plain || aliases.includes(plain) || Object.hasOwn(parts, plain)
  )?.name;
}

/** The spelling of the table: EntryPoints and hyphens come down to it. */
function plainName(key: string): string {
  return underscored(key).replace(":", ".");
}

/** The options that a name for a part stands for; undefined when it names a whole plugin. */
function partOf(key: string): Readonly<Record<string, unknown>> | undefined {
  return PACKAGED_PLUGINS.map(({ parts }) => parts?.[plainName(key)]).find((part) => part);
}

/** URL of a module that a key names by URL or by path; undefined when it looks like neither. */
function moduleUrl(key: string, directory: string): string | undefined {
  if (/^(?:file|https?|npm|jsr|data):/.test(key)) return key;
  const isPath = /^\.{1,2}[\\/]/.test(key) || isAbsolute(key) || /\.[mc]?[jt]s$/.test(key);
  return isPath ? toFileUrl(resolve(directory, key)).href : undefined;
}

/** Is it a plugin itself, in place of options? Only an object can give one. */
function isPlugin(value: unknown): boolean {
  return typeof Reflect.get(Object(value), "setup") === "function";
}

/** Options of packaged plugins take hyphens for underscores in their own keys, not deeper. */
function optionsOf(value: unknown, packaged: boolean, path: KeyPath, problems: Problems): unknown {
  const options = value ?? {};
  if (!packaged || !isMapping(options)) return options;
  const result: Record<string, unknown> = {};
  for (const [key, option] of Object.entries(options)) {
    const name = underscored(key);
    if (Object.hasOwn(result, name)) {
      problems.add([...path, key], "given twice, with a hyphen and with an underscore");
    }
    result[name] = option;
  }
  return result;
}

function readPlugin(
  key: string,
  value: unknown,
  path: KeyPath,
  place: Place,
  problems: Problems,
): PluginConfig | undefined {
  const name = packagedName(key);
  if (name !== undefined) {
    const module = new URL(`../../plugins/${name}.ts`, import.meta.url).href;
    const given = optionsOf(value, true, path, problems);
    const options = isMapping(given) ? { ...partOf(key), ...given } : given;
    return { key, name, module, options, packaged: true };
  }
  if (isPlugin(value)) {
    return { key, name: key, module: `object:${key}`, options: {}, packaged: false, plugin: value };
  }
  const module = moduleUrl(key, place.directory);
  if (module !== undefined) {
    return { key, name: maskedUrls(key), module, options: value ?? {}, packaged: false };
  }
  const hint = suggestion(key, PACKAGED_NAMES, "plugins");
  problems.add(path, `unknown plugin; ${hint}; or a path (./my_plugin.ts) or URL of a module`);
  return undefined;
}

/** One name with its options, and where it stands. */
type Entry = readonly [key: string, value: unknown, path: KeyPath];

function entryOfList(item: unknown, path: KeyPath, problems: Problems): Entry | undefined {
  if (typeof item === "string") return [item, null, path];
  const [pair, ...more] = isMapping(item) ? Object.entries(item) : [];
  if (pair !== undefined && more.length === 0) return [pair[0], pair[1], [...path, pair[0]]];
  problems.addValue(path, item, "a plugin's name, or one name with its options");
  return undefined;
}

function entriesOf(raw: unknown, problems: Problems): Entry[] {
  if (isMapping(raw)) {
    return Object.entries(raw).map(([key, value]) => [key, value, ["plugins", key]]);
  }
  if (Array.isArray(raw)) {
    return raw.map((item, index) => entryOfList(item, ["plugins", index], problems))
      .filter((entry) => entry !== undefined);
  }
  problems.addValue(["plugins"], raw, "a mapping from plugin names to options, or a list of names");
  return [];
}

/** Reads the plugins in order; null and empty mean none, with a warning that no one can connect. */
export function readPlugins(raw: unknown, place: Place, problems: Problems): PluginConfig[] {
  const entries = raw === null ? [] : entriesOf(raw, problems);
  const plugins = new Map<string, PluginConfig>();
  for (const [key, value, path] of entries) {
    const plugin = readPlugin(key, value, path, place, problems);
    if (plugin === undefined) continue;
    const identity = partOf(key) ? `${plugin.module} ${plainName(key)}` : plugin.module;
    const twin = plugins.get(identity);
    if (twin === undefined) plugins.set(identity, plugin);
    else problems.add(path, `the same plugin as ${twin.key}; expected each plugin once`);
  }
  if (raw === null || entries.length === 0) {
    problems.warn(
      ["plugins"],
      "no plugins, so nobody is let in; auth_anonymous or auth_file would",
    );
  }
  return [...plugins.values()];
}
