/**
 * The configuration, twice: as people write it (`BrokerOptions`, snake_case, the same in YAML and in
 * `new Broker({...})`) and as the broker uses it (`BrokerConfig`: every default filled in, durations
 * in milliseconds, sizes in bytes, no limit = Infinity). lib/config/schema.ts turns one into the other.
 */

/** A duration: a number of seconds, or `500ms`, `5s`, `1m`, `2h`, `7d`. */
export type DurationText = number | string;
/** A size: a number of bytes, or `64KiB`, `1MiB`. */
export type SizeText = number | string;

/** One listener as people write it. What is absent comes from the listener named `default`, if there is one. */
export interface ListenerOptions {
  type?: "tcp";
  /** `host:port`, `:port`, `port`, `host`, `[v6]:port`. */
  bind?: string | number;
  /** 0: no limit. */
  max_connections?: number;
}

/** The plugins as people write them: a mapping name -> options, or a list of names and one-key mappings. */
export type PluginsOption = Record<string, unknown> | (string | Record<string, unknown>)[] | null;

/** The configuration as people write it. Hyphens are accepted for underscores in known keys. */
export interface BrokerOptions {
  listeners?: Record<string, ListenerOptions | null>;
  plugins?: PluginsOption;
  max_packet_size?: SizeText;
  max_topic_levels?: number;
  max_topic_length?: number;
  max_inflight?: number;
  max_queued_messages?: number;
  max_queued_bytes?: SizeText;
  max_connections?: number;
  max_retained?: number;
  max_write_backlog?: SizeText;
  max_total_write_backlog?: SizeText;
  connect_timeout?: DurationText;
  session_expiry_interval?: DurationText | null;
  timeout_disconnect_delay?: DurationText | null;
  acl_nomatch?: "allow" | "deny";
  acl_deny_action?: "ignore" | "disconnect";
  acl_combine?: "first" | "all";
  acl_wildcards?: "strict" | "emqx";
  acl_cache?: { enable?: boolean; max_size?: number; ttl?: DurationText };
  /** Where `midge ctl` reaches the broker; null: nowhere. Absent: off here, on in a file. */
  management?: { path?: string; bind?: string | number; token?: string } | null;
  log?: { level?: LogLevel; format?: "text" | "json"; loggers?: Record<string, LogLevel> };
  /** aMQTT's deprecated style. */
  sys_interval?: number;
  /** aMQTT's deprecated style. */
  auth?: Record<string, unknown>;
  /** aMQTT's deprecated style. */
  topic_check?: Record<string, unknown>;
}

/** Log levels, least to most. */
export type LogLevel = "debug" | "info" | "warning" | "error";

/** A listener as the broker uses it. */
export interface ListenerConfig {
  name: string;
  type: "tcp";
  hostname: string;
  port: number;
  /** Infinity: no limit. */
  maxConnections: number;
}

/** A plugin to load. */
export interface PluginConfig {
  /** As the configuration has it; names it in errors. */
  key: string;
  /** The short name of a packaged plugin, or the module's specifier. */
  name: string;
  /** URL to import. */
  module: string;
  /** Null and absent become {}. */
  options: unknown;
  packaged: boolean;
}

/** The limits; Infinity is no limit, durations in milliseconds. */
export interface Limits {
  maxPacketSize: number;
  maxTopicLevels: number;
  /** Bytes of UTF-8. */
  maxTopicLength: number;
  /** At most 65,535. */
  maxInflight: number;
  maxQueuedMessages: number;
  maxQueuedBytes: number;
  maxConnections: number;
  maxRetained: number;
  /** Bytes a client may have waiting in its write buffer. */
  maxWriteBacklog: number;
  /** Bytes that all clients together may have waiting in their write buffers. */
  maxTotalWriteBacklog: number;
  connectTimeout: number;
  /** After this long without a connection a session ends; Infinity: never. */
  sessionExpiryInterval: number;
  /** Added to one and a half keep-alives before a silent client is closed. */
  timeoutDisconnectDelay: number;
}

/** How the authorization chain combines and caches. */
export interface AccessConfig {
  nomatch: "allow" | "deny";
  denyAction: "ignore" | "disconnect";
  /** Undefined: `all` while only aMQTT's and strangers' plugins authorize, else `first`. */
  combine: "first" | "all" | undefined;
  wildcards: "strict" | "emqx";
  /** maxSize 0: off. ttl in milliseconds. */
  cache: { maxSize: number; ttl: number };
}

/** Where the broker can be managed. */
export type ManagementConfig =
  /** A socket file; the path is absolute. */
  | { readonly kind: "unix"; readonly path: string }
  | {
    readonly kind: "tcp";
    /** A loopback address. */
    readonly hostname: string;
    readonly port: number;
    /** Undefined: the broker makes one and leaves it, with its address, in `endpointFile`. */
    readonly token: string | undefined;
    /** Absolute; undefined when the token is given. */
    readonly endpointFile: string | undefined;
  };

/** The configuration as the broker uses it. */
export interface BrokerConfig {
  /** The file it came from, for messages; undefined for an object. */
  file: string | undefined;
  /** Relative paths are relative to this. */
  directory: string;
  listeners: ListenerConfig[];
  plugins: PluginConfig[];
  limits: Limits;
  access: AccessConfig;
  /** Undefined: off. */
  management: ManagementConfig | undefined;
  log: { level: LogLevel; format: "text" | "json"; loggers: Record<string, LogLevel> };
  /** One line each; the start and `midge check` print them. */
  warnings: string[];
}
