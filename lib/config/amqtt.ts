/**
 * aMQTT's deprecated EntryPoint style (`auth`, `topic-check`, `sys_interval` at the top) in terms of
 * `plugins`. Called by normalize.ts. Invariant: says once, in a warning, what the same configuration
 * looks like today.
 */
import * as v from "valibot";
import { field, flag, readSection } from "./fields.ts";
import type { Problems } from "./problems.ts";
import { packagedName } from "./plugins.ts";

/** The part of a configuration that this style is made of. */
export interface EntryPointKeys {
  plugins: unknown;
  auth: unknown;
  topic_check: unknown;
  sys_interval: unknown;
}

type PluginMap = Record<string, Record<string, unknown> | null>;

const AUTH_PLUGINS = ["auth_anonymous", "auth_file"];
const TOPIC_PLUGINS = ["topic_taboo", "topic_acl"];
const ACL_KEYS = ["acl", "subscribe_acl", "publish_acl", "receive_acl"] as const;

/** A list of the given plugins' names (aliases too), as short names. */
function namesOf(allowed: readonly string[]) {
  return field((value) => {
    if (!Array.isArray(value)) return undefined;
    const names = value.map((name) => typeof name === "string" ? packagedName(name) ?? "" : "");
    return names.every((name) => allowed.includes(name)) ? names : undefined;
  }, `a list of ${allowed.join(", ")}; other plugins go under plugins`);
}

const AUTH = v.object({
  plugins: v.nullish(namesOf(AUTH_PLUGINS), AUTH_PLUGINS),
  allow_anonymous: v.nullish(flag, true),
  password_file: v.nullish(field(
    (value) => typeof value === "string" && value !== "" ? value : undefined,
    "a path",
  )),
});

const TOPIC_CHECK = v.object({
  enabled: v.nullish(flag),
  plugins: v.nullish(namesOf(TOPIC_PLUGINS), TOPIC_PLUGINS),
  acl: v.optional(v.unknown()),
  subscribe_acl: v.optional(v.unknown()),
  publish_acl: v.optional(v.unknown()),
  receive_acl: v.optional(v.unknown()),
});

const SYS_INTERVAL = v.object({
  sys_interval: v.nullish(
    field(
      (value) => typeof value === "number" && value >= 0 ? value : undefined,
      "a number of seconds, or 0 for off",
    ),
    0,
  ),
});

function authPlugins(raw: unknown, problems: Problems): PluginMap {
  const auth = readSection(AUTH, raw, ["auth"], problems);
  const result: PluginMap = {};
  for (const name of auth.plugins) {
    result[name] = name === "auth_anonymous"
      ? { allow_anonymous: auth.allow_anonymous }
      // An explicit null says that no file is meant: the plugin then answers nothing.
      : { password_file: auth.password_file ?? null };
  }
  return result;
}

function topicPlugins(raw: unknown, problems: Problems): PluginMap {
  const check = readSection(TOPIC_CHECK, raw, ["topic_check"], problems);
  const acls = ACL_KEYS.filter((key) => check[key] !== undefined);
  if (check.enabled !== true) {
    const mute = check.enabled === undefined && raw !== undefined && raw !== null;
    if (mute) problems.warn(["topic_check"], "without `enabled: true` nothing is checked");
    return {};
  }
  if (acls.length > 0 && !check.plugins.includes("topic_acl")) {
    problems.warn(["topic_check", acls[0]!], "not used: topic_acl is not in topic_check.plugins");
  }
  const options = Object.fromEntries(acls.map((key) => [key, check[key]]));
  return Object.fromEntries(
    check.plugins.map((name) => [name, name === "topic_acl" ? options : null]),
  );
}

/** A key that YAML reads as text without quotes. */
const PLAIN_KEY = /^(?!(?:no|off|on|yes|true|false|null)$)[a-z]\w+$/i;

/** YAML in one line, as the warning shows it. */
function flowYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowYaml).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const pairs = Object.entries(value).map(([key, item]) =>
    `${PLAIN_KEY.test(key) ? key : JSON.stringify(key)}: ${flowYaml(item)}`
  );
  return `{${pairs.join(", ")}}`;
}

/** `sys_interval` alone says nothing about access: then it is the default's, or none for `plugins: null`. */
function accessPlugins(keys: EntryPointKeys, defaults: PluginMap, problems: Problems): PluginMap {
  if ((keys.auth ?? keys.topic_check ?? null) !== null) {
    return { ...authPlugins(keys.auth, problems), ...topicPlugins(keys.topic_check, problems) };
  }
  return keys.plugins === null ? {} : { auth_anonymous: defaults.auth_anonymous ?? null };
}

/**
 * `plugins` in today's form. Undefined: nothing was said, the default plugins apply.
 * `plugins` wins over the deprecated keys.
 */
export function translateEntryPoints(
  keys: EntryPointKeys,
  defaults: PluginMap,
  problems: Problems,
): unknown {
  const old = (["auth", "topic_check", "sys_interval"] as const)
    .filter((key) => keys[key] !== undefined && keys[key] !== null);
  if (old.length === 0) return keys.plugins;
  if (keys.plugins !== undefined && keys.plugins !== null) {
    problems.warn([], `${old.join(", ")}: not used, because plugins is there too`);
    return keys.plugins;
  }
  const interval = readSection(SYS_INTERVAL, { sys_interval: keys.sys_interval }, [], problems);
  const sys: PluginMap = interval.sys_interval ? { broker_sys: { ...interval } } : {};
  const access = accessPlugins(keys, defaults, problems);
  const plugins = { event_logger: null, packet_logger: null, ...access, ...sys };
  problems.warn(
    [],
    `${old.join(", ")}: aMQTT's deprecated form; write plugins: ${flowYaml(plugins)}`,
  );
  return plugins;
}
