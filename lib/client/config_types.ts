/**
 * The client's configuration, twice: as people write it (`ClientOptions`, snake_case, the same in YAML and in
 * `new Client({...})`) and as the client uses it (`ClientConfig`: defaults filled in, durations in milliseconds,
 * sizes in bytes, no limit = Infinity). Both follow from the table of keys, config_keys.ts, which says what each key
 * means.
 */
import type { PluginConfig } from "../config/types.ts";
import type { Options, Values } from "../config/table.ts";
import type { Will } from "../wire/packets.ts";
import type {
  BehaviourKeys,
  CheckKeys,
  ClientKeys,
  ConnectionKeys,
  TlsKeys,
  TopicKeys,
} from "./config_keys.ts";

/** The client's configuration as people write it. Hyphens are accepted for underscores in known keys. */
export interface ClientOptions extends Options<ClientKeys> {}

/** Where the broker is and how it is reached. */
export interface ConnectionOptions extends Options<ConnectionKeys> {}

/** QoS and retain of messages published to one topic name. */
export interface TopicOptions extends Options<TopicKeys> {}

/** Where a client connects to. */
export interface Endpoint {
  /** For messages: scheme, host and port, or path; never a password. */
  readonly name: string;
  readonly scheme: "mqtt" | "mqtts" | "ws" | "wss" | "unix";
  readonly hostname: string;
  readonly port: number;
  /** Of a Unix socket, or of a WebSocket's URL with its query. */
  readonly path: string;
}

/** What TLS needs; paths are absolute. */
export type TlsConfig = Readonly<Values<TlsKeys> & Values<CheckKeys>>;

/** @internal */
export type Behaviour = Omit<Values<BehaviourKeys>, "pingDelay" | "cleansession">;

/** The client's configuration as it uses it. */
export interface ClientConfig extends Readonly<Behaviour> {
  /** The file it came from, for messages; undefined for an object. */
  readonly file: string | undefined;
  readonly directory: string;
  readonly endpoint: Endpoint;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsConfig;
  /** Milliseconds of silence before PINGREQ; Infinity without keep-alive. */
  readonly pingAfter: number;
  readonly cleanSession: boolean;
  readonly topics: ReadonlyMap<string, Partial<Values<TopicKeys>>>;
  readonly will: Will | undefined;
  readonly plugins: readonly PluginConfig[];
  /** One line each. */
  readonly warnings: readonly string[];
}
