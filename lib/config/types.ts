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
  /** Default `tcp`. */
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
  /** By name. Absent: one on 0.0.0.0:1883. */
  listeners?: Record<string, ListenerOptions | null>;
  /** Asked in this order. Absent: event_logger, packet_logger, auth_anonymous, broker_sys. */
  plugins?: PluginsOption;
  /** Of a packet from a client; a larger one closes the connection. */
  max_packet_size?: SizeText;
  /** Of a topic name or filter; `a/b/c` has three. */
  max_topic_levels?: number;
  /** Bytes of UTF-8, at most 65,535. */
  max_topic_length?: number;
  /** QoS 1 and 2 messages under way to one client; 0: 65,535. */
  max_inflight?: number;
  /** QoS 1 and 2 messages that wait for one client; the newest are dropped. */
  max_queued_messages?: number;
  /** Bytes of the messages that wait for one client. */
  max_queued_bytes?: SizeText;
  /** On all listeners together. */
  max_connections?: number;
  /** Beyond it new topics are not retained. */
  max_retained?: number;
  /** Bytes on their way to one client; beyond it QoS 0 is dropped, the rest waits. */
  max_write_backlog?: SizeText;
  /** The same for all clients together. */
  max_total_write_backlog?: SizeText;
  /** How long a new connection may take to send CONNECT. */
  connect_timeout?: DurationText;
  /** How long a session without a connection is kept; null, 0: for ever. */
  session_expiry_interval?: DurationText | null;
  /** Added to one and a half keep-alives before a silent client is closed. */
  timeout_disconnect_delay?: DurationText | null;
  /** What holds when no plugin has an answer. Default allow. */
  acl_nomatch?: "allow" | "deny";
  /** What a refused publish or subscribe does. Default ignore. */
  acl_deny_action?: "ignore" | "disconnect";
  /** Does the first answer decide, or must no plugin deny? */
  acl_combine?: "first" | "all";
  /** Must an allow cover a whole filter, or is the filter compared as a name? Default strict. */
  acl_wildcards?: "strict" | "emqx";
  /** Answers remembered per connection. Default 32 answers for a minute. */
  acl_cache?: { enable?: boolean; max_size?: number; ttl?: DurationText };
  /** Where `midge ctl` reaches the broker; null: nowhere. Absent: off here, on in a file. */
  management?: { path?: string; bind?: string | number; token?: string } | null;
  /** What is written to stderr. Default info, as text. */
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
  /** Its key in the configuration. */
  name: string;
  /** What it speaks. */
  type: "tcp";
  /** The address to listen on. */
  hostname: string;
  /** 0: any free one. */
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
  /** Is it one of Midge's own? */
  packaged: boolean;
}

/** The limits; Infinity is no limit, durations in milliseconds. */
export interface Limits {
  /** Bytes of a whole packet. */
  maxPacketSize: number;
  /** Of a topic name or filter. */
  maxTopicLevels: number;
  /** Bytes of UTF-8. */
  maxTopicLength: number;
  /** At most 65,535. */
  maxInflight: number;
  /** Per session. */
  maxQueuedMessages: number;
  /** Per session. */
  maxQueuedBytes: number;
  /** On all listeners together. */
  maxConnections: number;
  /** Topics with a retained message. */
  maxRetained: number;
  /** Bytes a client may have waiting in its write buffer. */
  maxWriteBacklog: number;
  /** Bytes that all clients together may have waiting in their write buffers. */
  maxTotalWriteBacklog: number;
  /** From the connection to CONNECT. */
  connectTimeout: number;
  /** After this long without a connection a session ends; Infinity: never. */
  sessionExpiryInterval: number;
  /** Added to one and a half keep-alives before a silent client is closed. */
  timeoutDisconnectDelay: number;
}

/** How the authorization chain combines and caches. */
export interface AccessConfig {
  /** What holds when no source has an answer. */
  nomatch: "allow" | "deny";
  /** What a denied PUBLISH or SUBSCRIBE does. */
  denyAction: "ignore" | "disconnect";
  /** Undefined: `all` while only aMQTT's and strangers' plugins authorize, else `first`. */
  combine: "first" | "all" | undefined;
  /** How rules are compared with a SUBSCRIBE's filter. */
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
  /** At least one. */
  listeners: ListenerConfig[];
  /** In the order of asking. */
  plugins: PluginConfig[];
  /** What clients may use. */
  limits: Limits;
  /** How sources of decisions are combined. */
  access: AccessConfig;
  /** Undefined: off. */
  management: ManagementConfig | undefined;
  /** Levels and form; `loggers` has levels of their own by name. */
  log: { level: LogLevel; format: "text" | "json"; loggers: Record<string, LogLevel> };
  /** One line each; the start and `midge check` print them. */
  warnings: string[];
}
