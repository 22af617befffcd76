/**
 * aMQTT's deprecated EntryPoint style (`auth`, `topic-check`, `sys_interval` at the top) in terms of
 * `plugins`. Invariant: says once, in a warning, what the same configuration
 * looks like today.
 */
import { anything, field, flag, textField } from "./fields.ts";
import { flowYaml } from "./flow_yaml.ts";
import { packagedName } from "./plugins.ts";
import type { Problems } from "./problems.ts";
import { camelCase, key, readSection } from "./table.ts";

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

/** A list of the given plugins' names (aliases too), as short names. */
function namesOf(allowed: readonly string[]) {
  return field((value) => {
    if (!Array.isArray(value)) return undefined;
    const names = value.map((name) => typeof name === "string" ? packagedName(name) ?? "" : "");
    return names.every((name) => allowed.includes(name)) ? names : undefined;
  }, `a list of ${allowed.join(", ")}; other plugins go under plugins`);
}

const AUTH_KEYS = {
  plugins: key({ type: namesOf(AUTH_PLUGINS), default: AUTH_PLUGINS }),
  allow_anonymous: key({ type: flag, default: true }),
  password_file: key({ type: textField("a path") }),
};

const ACL_KEYS = {
  acl: key({ type: anything() }),
  subscribe_acl: key({ type: anything() }),
  publish_acl: key({ type: anything() }),
  receive_acl: key({ type: anything() }),
};

const TOPIC_CHECK_KEYS = {
  enabled: key({ type: flag }),
  plugins: key({ type: namesOf(TOPIC_PLUGINS), default: TOPIC_PLUGINS }),
  ...ACL_KEYS,
};

const SYS_KEYS = {
  sys_interval: key({
    type: field<number>(
      (value) => typeof value === "number" && value >= 0 ? value : undefined,
      "a number of seconds, or 0 for off",
    ),
    default: 0,
  }),
};

function authPlugins(raw: unknown, problems: Problems): PluginMap {
  const auth = readSection(AUTH_KEYS, raw, ["auth"], problems);
  const result: PluginMap = {};
  for (const name of auth.plugins) {
    result[name] = name === "auth_anonymous"
      ? { allow_anonymous: auth.allowAnonymous }
      // An explicit null says that no file is meant: the plugin then answers nothing.
      : { password_file: auth.passwordFile ?? null };
  }
  return result;
}

function topicPlugins(raw: unknown, problems: Problems): PluginMap {
  const check = readSection(TOPIC_CHECK_KEYS, raw, ["topic_check"], problems);
  const lists: Readonly<Record<string, unknown>> = check;
  const acls = Object.keys(ACL_KEYS).map((name) => [name, lists[camelCase(name)]] as const)
    .filter(([, list]) => list !== undefined);
  if (check.enabled !== true) {
    const mute = check.enabled === undefined && raw !== undefined && raw !== null;
    if (mute) problems.warn(["topic_check"], "without `enabled: true` nothing is checked");
    return {};
  }
  if (acls.length > 0 && !check.plugins.includes("topic_acl")) {
    problems.warn(
      ["topic_check", acls[0]![0]],
      "not used: topic_acl is not in topic_check.plugins",
    );
  }
  const options = Object.fromEntries(acls);
  return Object.fromEntries(
    check.plugins.map((name) => [name, name === "topic_acl" ? options : null]),
  );
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
  const given = { sys_interval: keys.sys_interval };
  const { sysInterval } = readSection(SYS_KEYS, given, [], problems);
  const sys: PluginMap = sysInterval > 0 ? { broker_sys: { sys_interval: sysInterval } } : {};
  const access = accessPlugins(keys, defaults, problems);
  const plugins = { event_logger: null, packet_logger: null, ...access, ...sys };
  problems.warn(
    [],
    `${old.join(", ")}: aMQTT's deprecated form; write plugins: ${flowYaml(plugins)}`,
  );
  return plugins;
}
