/**
 * mosquitto.conf, taken apart: what is said of each listener, of each bridge, and of the broker.
 * Invariant: every statement lands in exactly one place, by mosquitto 2's own rules.
 */
import { badValue, readFlag, readNumber, type Statement } from "./statements.ts";
import type { Place } from "./draft.ts";

/** A listener with its own statements; of several of one key the last counts. */
export interface ListenerPart {
  /** Where it begins; undefined for the one that mosquitto opens when there is no other. */
  readonly place: Place | undefined;
  port: number;
  /** Address, host name, or path of a Unix socket. */
  host: string | undefined;
  readonly settings: Map<string, Statement>;
}

/** A mosquitto.conf, or several read as one. */
export interface MosquittoConf {
  /** Not of a listener or a bridge; of several of one key the last counts. */
  readonly general: ReadonlyMap<string, Statement>;
  /** Keys that may be repeated: log_dest, log_type, plugins and their options. */
  readonly repeated: readonly Statement[];
  readonly listeners: readonly ListenerPart[];
  readonly bridges: readonly Statement[];
  /** mosquitto listens on the machine itself only, and lets everybody in. */
  readonly localOnly: boolean;
  /** Access is set for each listener by itself. */
  readonly perListener: boolean;
}

const TLS_KEYS = [
  "cafile",
  "capath",
  "certfile",
  "ciphers",
  "ciphers_tls1.3",
  "crlfile",
  "dhparamfile",
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

const LISTENER_KEYS: ReadonlySet<string> = new Set([
  ...TLS_KEYS,
  "bind_interface",
  "http_dir",
  "max_connections",
  "max_qos",
  "max_topic_alias",
  "mount_point",
  "protocol",
  "socket_domain",
  "use_username_as_clientid",
]);

/** Of each listener where `per_listener_settings` is on, else of all. */
const SECURITY_KEYS: ReadonlySet<string> = new Set([
  "acl_file",
  "allow_anonymous",
  "allow_zero_length_clientid",
  "auto_id_prefix",
  "password_file",
  "psk_file",
]);

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

const REPEATED_KEYS = /^(?:log_dest|log_type|plugin|auth_plugin|(?:plugin|auth)_opt_.*)$/;

/** Is this a key that belongs to a bridge (a `connection`)? */
function isBridgeKey(key: string): boolean {
  return BRIDGE_KEYS.has(key) || key.startsWith("bridge_");
}

/** Is this a key of a listener, a bridge or a plugin, or one that begins one? */
export function isPartKey(key: string): boolean {
  return ["listener", "port", "bind_address", "connection", "include_dir"].includes(key) ||
    LISTENER_KEYS.has(key) || SECURITY_KEYS.has(key) || REPEATED_KEYS.test(key) || isBridgeKey(key);
}

/** Is this a key of a plugin, which belongs to a listener where each has settings of its own? */
function isPluginKey(key: string): boolean {
  return /^(?:plugin|auth_plugin|(?:plugin|auth)_opt_)/.test(key);
}

/** Takes the statements apart. @throws UserError for a port that is none */
export function takeApart(statements: readonly Statement[]): MosquittoConf {
  const perListener = statements.some((one) =>
    one.key === "per_listener_settings" && readFlag(one)
  );
  const general = new Map<string, Statement>();
  const repeated: Statement[] = [];
  const bridges: Statement[] = [];
  const first: ListenerPart = {
    place: undefined,
    port: 1883,
    host: undefined,
    settings: new Map(),
  };
  const listeners: ListenerPart[] = [];
  let isFirstOpened = false;
  for (const statement of statements) {
    const { key, value } = statement;
    const ofListener = LISTENER_KEYS.has(key) ||
      (perListener && (SECURITY_KEYS.has(key) || isPluginKey(key)));
    if (key === "listener") listeners.push(readListener(statement));
    else if (key === "port") first.port = readNumber(statement, 1);
    else if (key === "bind_address") first.host = value;
    else if (key === "connection") bridges.push(statement);
    else if (ofListener) (listeners.at(-1) ?? first).settings.set(key, statement);
    else if (REPEATED_KEYS.test(key)) repeated.push(statement);
    else if (!isBridgeKey(key)) general.set(key, statement);
    isFirstOpened ||= key === "port" || key === "bind_address";
  }
  const opens = isFirstOpened || listeners.length === 0 || first.settings.size > 0;
  return {
    general,
    repeated,
    bridges,
    perListener,
    listeners: opens ? [first, ...listeners] : listeners,
    localOnly: !isFirstOpened && listeners.length === 0,
  };
}

/** `listener PORT [HOST or path]`. */
function readListener(statement: Statement): ListenerPart {
  const [port = "", host] = statement.value.split(/ +(.*)/s);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw badValue(statement, "a port and perhaps an address");
  }
  return {
    place: statement.place,
    port: Number(port),
    host: host === undefined || host === "" ? undefined : host,
    settings: new Map(),
  };
}
