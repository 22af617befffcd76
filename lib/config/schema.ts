/**
 * The schema of the configuration with its defaults: keys and values as people write them on the left,
 * as the broker uses them (types.ts) after parsing. Used by normalize.ts. Invariant: the defaults here
 * are the ones config.yaml documents; a test compares them. config.yaml also says why.
 */
import * as v from "valibot";
import {
  count,
  countLimit,
  duration,
  durationLimit,
  field,
  flag,
  logLevel,
  oneOf,
  sizeLimit,
} from "./fields.ts";
import { noneAsInfinity, readCount, readDuration } from "./units.ts";

const MAX_INFLIGHT = 65_535;

const inflight = field((value) => {
  const read = readCount(value);
  return read !== undefined && read <= MAX_INFLIGHT ? read || MAX_INFLIGHT : undefined;
}, "a whole number up to 65535, or 0 for 65535");

/** Null is never, as in aMQTT. */
const sessionExpiry = field(
  (value) => value === null ? Infinity : noneAsInfinity(readDuration(value)),
  "a duration such as 3600 (seconds), 2h, 7d, or 0 for never",
);

/** Everything that stands alone at the top, by key. Sections are read by readers of their own. */
export const TOP_LEVEL = v.object({
  listeners: v.optional(v.unknown()),
  plugins: v.optional(v.unknown()),
  acl_cache: v.optional(v.unknown()),
  log: v.optional(v.unknown()),
  management: v.optional(v.unknown()),
  auth: v.optional(v.unknown()),
  topic_check: v.optional(v.unknown()),
  sys_interval: v.optional(v.unknown()),

  max_packet_size: v.nullish(sizeLimit, "1MiB"),
  max_topic_levels: v.nullish(countLimit, 128),
  max_topic_length: v.nullish(sizeLimit, 65_535),
  max_inflight: v.nullish(inflight, 100),
  max_queued_messages: v.nullish(countLimit, 1000),
  max_queued_bytes: v.nullish(sizeLimit, "4MiB"),
  max_connections: v.nullish(countLimit, 65_536),
  max_retained: v.nullish(countLimit, 100_000),
  max_write_backlog: v.nullish(sizeLimit, "256KiB"),
  max_total_write_backlog: v.nullish(sizeLimit, "64MiB"),
  connect_timeout: v.nullish(durationLimit, "10s"),
  session_expiry_interval: v.optional(sessionExpiry, "7d"),
  timeout_disconnect_delay: v.nullish(duration, 0),

  acl_nomatch: v.nullish(oneOf("allow", "deny"), "allow"),
  acl_deny_action: v.nullish(oneOf("ignore", "disconnect"), "ignore"),
  acl_combine: v.nullish(oneOf("first", "all")),
  acl_wildcards: v.nullish(oneOf("strict", "emqx"), "strict"),
});

/** `acl_cache`. */
export const ACL_CACHE = v.object({
  enable: v.nullish(flag, true),
  max_size: v.nullish(count, 32),
  ttl: v.nullish(durationLimit, "1m"),
});

/** `log`. `loggers` is a user-made map, read by itself. */
export const LOG = v.object({
  level: v.nullish(logLevel, "info"),
  format: v.nullish(oneOf("text", "json"), "text"),
  loggers: v.optional(v.unknown()),
});
