/**
 * The client's configuration, twice: as people write it (`ClientOptions`, snake_case, the same in YAML and in
 * `new Client({...})`) and as the client uses it (`ClientConfig`: defaults filled in, durations in milliseconds,
 * sizes in bytes, no limit = Infinity). Both follow from the table of keys, config_keys.ts, which says what each key
 * means.
 */
import type { PluginConfig } from "../config/types.ts";
import type { Options, Values } from "../config/table.ts";
import type { Will } from "../wire/packets.ts";
import type { BehaviourKeys, ClientKeys, ConnectionKeys, TopicKeys } from "./config_keys.ts";
import type { Mqtt5Config } from "./mqtt5_config.ts";
import type { BrokerAddress, TlsFiles } from "../net/transport/dial_options.ts";

/** The client's configuration as people write it. Hyphens are accepted for underscores in known keys. */
export interface ClientOptions extends Options<ClientKeys> {}

/** Where the broker is and how it is reached. */
export interface ConnectionOptions extends Options<ConnectionKeys> {}

/** QoS and retain of messages published to one topic name. */
export interface TopicOptions extends Options<TopicKeys> {}

/** @internal */
export type Behaviour = Omit<Values<BehaviourKeys>, "cleansession">;

/** The client's configuration as it uses it. */
export interface ClientConfig extends Readonly<Behaviour>, Mqtt5Config {
  /** The file it came from, for messages; undefined for an object. */
  readonly file: string | undefined;
  /** Relative paths are relative to this. */
  readonly directory: string;
  /** Where the broker is. */
  readonly address: BrokerAddress;
  /** Undefined: none is sent. */
  readonly username: string | undefined;
  /** Undefined: none is sent. */
  readonly password: string | undefined;
  /** Of the WebSocket handshake. */
  readonly headers: Readonly<Record<string, string>>;
  /** For mqtts and wss. */
  readonly tls: TlsFiles;
  /** Milliseconds of silence before PINGREQ; Infinity without keep-alive. */
  readonly pingAfter: number;
  /** In CONNECT; MQTT 5 calls it Clean Start. */
  readonly cleanSession: boolean;
  /** QoS and retain by topic name, where they are not the defaults. */
  readonly topics: ReadonlyMap<string, Partial<Values<TopicKeys>>>;
  /** Undefined: none. */
  readonly will: Will | undefined;
  /** In order. */
  readonly plugins: readonly PluginConfig[];
  /** One line each. */
  readonly warnings: readonly string[];
}
