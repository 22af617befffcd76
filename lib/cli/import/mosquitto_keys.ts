/** Which of mosquitto's keys belong to what. Invariant: a key that is in no list here is of the broker. */

const TLS_KEYS = [
  "cafile",
  "capath",
  "certfile",
  "ciphers",
  "ciphers_tls1.3",
  "crlfile",
  "dhparamfile",
  "disable_client_cert_date_checks",
  "keyfile",
  "psk_hint",
  "require_certificate",
  "tls_engine",
  "tls_engine_kpass_sha1",
  "tls_keyform",
  "tls_version",
  "use_identity_as_username",
  "use_subject_as_username",
] as const;

/** Keys that make a listener a TLS listener. */
export const TLS: ReadonlySet<string> = new Set(TLS_KEYS);

/** Keys that belong to the listener above them. */
export const LISTENER_KEYS: ReadonlySet<string> = new Set([
  ...TLS_KEYS,
  "accept_protocol_versions",
  "bind_interface",
  "enable_proxy_protocol",
  "http_dir",
  "max_connections",
  "max_qos",
  "max_topic_alias",
  "max_topic_alias_broker",
  "mount_point",
  "protocol",
  "proxy_protocol_v2_require_tls",
  "socket_domain",
  "use_username_as_clientid",
  "websockets_origin",
]);

/** Of each listener where `per_listener_settings` is on, else of all. */
export const SECURITY_KEYS: ReadonlySet<string> = new Set([
  "acl_file",
  "allow_anonymous",
  "allow_zero_length_clientid",
  "auto_id_prefix",
  "password_file",
  "psk_file",
]);

/** Keys with a text, which mosquitto refuses to take twice. */
export const TEXT_KEYS: ReadonlySet<string> = new Set([
  "acl_file",
  "auto_id_prefix",
  "bind_address",
  "bind_interface",
  "cafile",
  "capath",
  "certfile",
  "ciphers",
  "ciphers_tls1.3",
  "clientid_prefixes",
  "crlfile",
  "dhparamfile",
  "http_dir",
  "keyfile",
  "log_timestamp_format",
  "mount_point",
  "password_file",
  "persistence_file",
  "persistence_location",
  "pid_file",
  "psk_file",
  "psk_hint",
  "tls_engine",
  "tls_version",
]);

const ALIASES: Readonly<Record<string, string>> = {
  maximum_qos: "max_qos",
  retained_persistence: "persistence",
};

/** The usual name of a key that has two. */
export function usualKey(key: string): string {
  return Object.hasOwn(ALIASES, key) ? ALIASES[key]! : key;
}

const BRIDGE_KEYS: ReadonlySet<string> = new Set([
  "address",
  "addresses",
  "cleansession",
  "clientid",
  "idle_timeout",
  "keepalive_interval",
  "local_cleansession",
  "local_clientid",
  "local_password",
  "local_username",
  "notification_topic",
  "notifications",
  "notifications_local_only",
  "password",
  "remote_clientid",
  "remote_password",
  "remote_username",
  "restart_timeout",
  "round_robin",
  "start_type",
  "threshold",
  "topic",
  "try_private",
  "username",
]);

/** Keys whose every statement counts. */
export const REPEATED_KEYS =
  /^(?:log_dest|log_type|plugin|plugin_load|plugin_use|auth_plugin|global_plugin|(?:plugin|auth)_opt_.*|websockets_origin)$/;

/** Is this a key that belongs to a bridge (a `connection`)? */
export function isBridgeKey(key: string): boolean {
  return BRIDGE_KEYS.has(key) || key.startsWith("bridge_");
}

/** Is this a key of a listener, a bridge or a plugin, or one that begins one? */
export function isPartKey(key: string): boolean {
  return ["listener", "port", "bind_address", "connection", "include_dir"].includes(key) ||
    LISTENER_KEYS.has(key) || SECURITY_KEYS.has(key) || REPEATED_KEYS.test(key) || isBridgeKey(key);
}

/** Does this key load a plugin? */
export function loadsPlugin(key: string): boolean {
  return ["plugin", "auth_plugin", "global_plugin", "plugin_load", "plugin_use"].includes(key);
}

/** Is this a key of a plugin, which belongs to a listener where each has settings of its own? */
export function isPluginKey(key: string): boolean {
  return /^(?:plugin|auth_plugin|(?:plugin|auth)_opt_)/.test(key);
}
