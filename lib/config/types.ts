/**
 * The configuration, twice: as people write it (`BrokerOptions`, snake_case, the same in YAML and in
 * `new Broker({...})`) and as the broker uses it (`BrokerConfig`: every default filled in, durations in
 * milliseconds, sizes in bytes, no limit = Infinity). Both follow from the table of keys, broker_keys.ts, which
 * says what each key means.
 */
import type { AccessKeys, CacheKeys, TopicKeys } from "./access_keys.ts";
import type { BindAddress } from "./bind.ts";
import type { BrokerKeys, LogKeys, StorageKeys } from "./broker_keys.ts";
import type { LogLevel } from "./fields.ts";
import type { FlappingConfig } from "./flapping.ts";
import type { Network } from "../cidr.ts";
import type { LimitKeys } from "./limit_keys.ts";
import type { ListenerKeys } from "./listener_keys.ts";
import type { ListenerLimits } from "./listener_limits.ts";
import type { Options, Values } from "./table.ts";

export type { DurationText, LogLevel, SizeText } from "./fields.ts";
export type { FlappingConfig } from "./flapping.ts";
export type { ListenerLimits } from "./listener_limits.ts";
export type { PluginsOption } from "./plugin_keys.ts";

/**
 * The configuration as people write it. Hyphens are accepted for underscores in known keys. Absent and null mean
 * the default, except that `plugins: null` is none, `session_expiry_interval: null` is never, and `management` is
 * on in a file that does not have it, and off here.
 */
export interface BrokerOptions extends Options<BrokerKeys> {}

/** One listener as people write it. What is absent comes from the listener named `default`, if there is one. */
export interface ListenerOptions extends Options<ListenerKeys> {}

/** A certificate by its files; paths are absolute. */
export interface CertificateFiles {
  /** PEM, with its chain. */
  readonly certfile: string;
  /** PEM. */
  readonly keyfile: string;
  /** Of an encrypted key. */
  readonly keyPassphrase: string | undefined;
}

/** The part of a client's certificate that names it. */
export type CertificateField = "cn" | "dn" | "san_email" | "san_dns" | "san_uri";

/** Names that are taken from a client's certificate; undefined: CONNECT's stays. */
export interface CertificateNames {
  /** What becomes the username. */
  readonly username: CertificateField | undefined;
  /** What becomes the client id. */
  readonly clientId: CertificateField | undefined;
}

/** A certificate that the broker gets itself (RFC 8555); paths are absolute. */
export interface AcmeConfig {
  /** What it is for: one or more names, in lower case and ASCII. */
  readonly domains: readonly string[];
  /** Undefined: the authority is told none. */
  readonly email: string | undefined;
  /** The https URL of the authority's directory. */
  readonly directory: string;
  /** Where names are proven (http-01). */
  readonly httpPort: number;
  /** Who signed the directory's own certificate (PEM); undefined: an authority that the system knows. */
  readonly cafile: string | undefined;
  /** The binding to an account that was made elsewhere. */
  readonly externalAccount: { readonly keyId: string; readonly hmacKey: string } | undefined;
  /** Has the account's key; in it are the folders of its certificates. */
  readonly accountFolder: string;
  /** Has the certificate and its key. */
  readonly folder: string;
}

/** TLS of a listener; paths are absolute. */
export interface TlsConfig {
  /** One or more; the first is for clients that name no server. */
  readonly certificates: readonly CertificateFiles[];
  /** Where the first of them comes from; undefined: files of the user's. */
  readonly acme: AcmeConfig | undefined;
  /** Authorities of clients: a PEM file, a folder, PEM text. */
  readonly cafile: string | undefined;
  /** A folder. */
  readonly capath: string | undefined;
  /** PEM text. */
  readonly cadata: string | undefined;
  /** What they have revoked. */
  readonly crlfile: string | undefined;
  /** Is a client asked for a certificate? */
  readonly verifyClient: "none" | "optional" | "required";
  /** Of TLS. */
  readonly minVersion: "1.2" | "1.3";
  /** Undefined: any. */
  readonly alpn: readonly string[] | undefined;
}

/** WebSocket of a listener. */
export interface WebSocketConfig {
  /** Undefined: any. */
  readonly path: string | undefined;
  /** As normalizedOrigin gives them; undefined: any. */
  readonly origins: readonly string[] | undefined;
  /** Milliseconds without a byte after which a ping is sent; Infinity: none is. */
  readonly pingInterval: number;
}

/** A socket file. */
export interface SocketFileConfig {
  /** Absolute. */
  readonly path: string;
  /** Permissions. */
  readonly mode: number;
  /** Its name; undefined: that of the broker's user. */
  readonly group: string | undefined;
}

/** A listener as the broker uses it; no limit = Infinity. */
export interface ListenerConfig extends BindAddress {
  /** In the configuration; unique. */
  readonly name: string;
  /** What clients are said to have come by. */
  readonly transport: "tcp" | "tls" | "ws" | "wss" | "unix";
  /** Instead of hostname and port, which are empty and 0 then. */
  readonly socketFile: SocketFileConfig | undefined;
  /** Connections at a time. */
  readonly maxConnections: number;
  /** Of addresses and clients. */
  readonly limits: ListenerLimits;
  /** Undefined: none. */
  readonly tls: TlsConfig | undefined;
  /** Of certificates that TLS asked for, or that a proxy tells of. Absent: none. */
  readonly certificateNames?: CertificateNames | undefined;
  /** Undefined: plain MQTT. */
  readonly webSocket: WebSocketConfig | undefined;
  /** HTTP of a plugin, no MQTT. Absent: no. */
  readonly isHttp?: true;
  /** Connections begin with a header of the PROXY protocol. */
  readonly proxyProtocol: boolean;
  /** Who may say where a connection comes from. */
  readonly trustedProxies: readonly Network[];
}

/** A plugin to load. */
export interface PluginConfig {
  /** As the configuration has it; names it in errors. */
  key: string;
  /** The short name of a packaged plugin, or the module's specifier. */
  name: string;
  /** URL to import; of a plugin that is given as an object a name that no other has. */
  module: string;
  /** Null and absent become {}. */
  options: unknown;
  /** Is it one of Midge's own? */
  packaged: boolean;
  /** The plugin itself, where an object gives it; nothing is imported then. */
  plugin?: unknown;
}

/** The limits; Infinity is no limit. */
export interface Limits extends Values<LimitKeys> {}

/** How the authorization chain combines and caches. `combine`: undefined where it follows from the plugins. */
export interface AccessConfig extends Values<AccessKeys, "acl_">, Values<TopicKeys> {
  /** maxSize 0: off. */
  cache: Omit<Values<CacheKeys>, "enable">;
}

/** What is logged, and how. */
export interface LogConfig extends Omit<Values<LogKeys>, "loggers"> {
  /** Levels by logger name. */
  loggers: Record<string, LogLevel>;
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

/** Where what is to outlive a restart is kept. */
export interface StorageConfig extends Values<StorageKeys> {
  /** The folder; absolute. Nothing is there where a plugin keeps it. */
  readonly path: string;
}

/** The configuration as the broker uses it. */
export interface BrokerConfig {
  /** The file it came from, for messages; undefined for an object. */
  file: string | undefined;
  /** Relative paths are relative to this. */
  directory: string;
  /** The folder for what the broker writes; absolute. It may not be there yet. */
  dataDir: string;
  /** In the order of the configuration. */
  listeners: ListenerConfig[];
  /** In the order of asking. */
  plugins: PluginConfig[];
  /** What clients may use. */
  limits: Limits;
  /** When a client that comes and goes is banned. */
  flapping: FlappingConfig;
  /** How sources of decisions are combined. */
  access: AccessConfig;
  /** Undefined: off. */
  management: ManagementConfig | undefined;
  /** Undefined: memory alone. */
  storage: StorageConfig | undefined;
  /** What is logged, and how. */
  log: LogConfig;
  /** What `edge: true` has set: keys, and what holds by it as people write it. Absent: it is off. */
  edge?: readonly (readonly [key: string, written: string])[];
  /** One line each; the start and `midge check` print them. */
  warnings: string[];
}
