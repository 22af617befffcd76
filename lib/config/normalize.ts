/**
 * From what people write to what the broker uses: the whole configuration checked, every default
 * filled in. Called by load.ts (files) and Broker's constructor (objects). Invariant: synchronous, no
 * file or socket is touched, and a UserError has all problems at once.
 */
import * as v from "valibot";
import { translateEntryPoints } from "./amqtt.ts";
import { DEFAULT_PLUGINS } from "./defaults.ts";
import { logLevel, readSection } from "./fields.ts";
import { isMapping } from "./keys.ts";
import { readListeners } from "./listeners.ts";
import { readManagement } from "./management.ts";
import { readPlugins } from "./plugins.ts";
import { Problems } from "./problems.ts";
import { ACL_CACHE, LOG, TOP_LEVEL } from "./schema.ts";
import type { AccessConfig, BrokerConfig, Limits, LogLevel } from "./types.ts";

/** Where a configuration comes from. */
export interface ConfigSource {
  /** Opens every error line; undefined for an object. */
  file?: string | undefined;
  /** Absolute; relative paths in the configuration start here. */
  directory: string;
}

type TopLevel = v.InferOutput<typeof TOP_LEVEL>;

function limitsOf(top: TopLevel): Limits {
  return {
    maxPacketSize: top.max_packet_size,
    maxTopicLevels: top.max_topic_levels,
    maxTopicLength: top.max_topic_length,
    maxInflight: top.max_inflight,
    maxQueuedMessages: top.max_queued_messages,
    maxQueuedBytes: top.max_queued_bytes,
    maxConnections: top.max_connections,
    maxRetained: top.max_retained,
    maxWriteBacklog: top.max_write_backlog,
    maxTotalWriteBacklog: top.max_total_write_backlog,
    connectTimeout: top.connect_timeout,
    sessionExpiryInterval: top.session_expiry_interval,
    timeoutDisconnectDelay: top.timeout_disconnect_delay,
  };
}

function accessOf(top: TopLevel, problems: Problems): AccessConfig {
  const cache = readSection(ACL_CACHE, top.acl_cache, ["acl_cache"], problems);
  return {
    nomatch: top.acl_nomatch,
    denyAction: top.acl_deny_action,
    combine: top.acl_combine ?? undefined,
    wildcards: top.acl_wildcards,
    cache: { maxSize: cache.enable ? cache.max_size : 0, ttl: cache.ttl },
  };
}

function loggersOf(raw: unknown, problems: Problems): Record<string, LogLevel> {
  const path = ["log", "loggers"];
  if (raw === undefined || raw === null) return {};
  if (!isMapping(raw)) {
    problems.addValue(path, raw, "a mapping from logger names to levels");
    return {};
  }
  const levels: Record<string, LogLevel> = {};
  for (const [name, value] of Object.entries(raw)) {
    const level = v.safeParse(logLevel, value);
    if (!/^midge(\.|$)/.test(name)) {
      problems.add([...path, name], "unknown logger; expected a name such as midge.broker");
    } else if (level.success) levels[name] = level.output;
    else problems.addValue([...path, name], value, level.issues[0].message);
  }
  return levels;
}

function logOf(top: TopLevel, problems: Problems): BrokerConfig["log"] {
  const log = readSection(LOG, top.log, ["log"], problems);
  return {
    level: log.level,
    format: log.format,
    loggers: loggersOf(log.loggers, problems),
  };
}

function pluginsOf(top: TopLevel, source: ConfigSource, problems: Problems) {
  const { plugins, auth, topic_check, sys_interval } = top;
  const chosen = translateEntryPoints(
    { plugins, auth, topic_check, sys_interval },
    DEFAULT_PLUGINS,
    problems,
  );
  return readPlugins(chosen === undefined ? DEFAULT_PLUGINS : chosen, source, problems);
}

/**
 * Checks a raw configuration (the value of a YAML file, or BrokerOptions) and fills in the defaults.
 * @throws UserError with one line for every problem: file, key path, value, what was expected
 */
export function normalizeConfig(raw: unknown, source: ConfigSource): BrokerConfig {
  const problems = new Problems(source.file);
  const top = readSection(TOP_LEVEL, raw, [], problems);
  const config: BrokerConfig = {
    file: source.file,
    directory: source.directory,
    listeners: readListeners(top.listeners, problems),
    plugins: pluginsOf(top, source, problems),
    limits: limitsOf(top),
    access: accessOf(top, problems),
    management: readManagement(top.management, {
      directory: source.directory,
      isDefaultOn: source.file !== undefined,
    }, problems),
    log: logOf(top, problems),
    warnings: problems.warnings,
  };
  problems.throwIfAny();
  return config;
}
