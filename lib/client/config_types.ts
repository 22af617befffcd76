/**
 * The client's configuration, twice: as people write it (`ClientOptions`, snake_case, the same in YAML and in
 * `new Client({...})`, aMQTT's keys and defaults) and as the client uses it (`ClientConfig`: defaults filled
 * in, durations in milliseconds, sizes in bytes, no limit = Infinity). client.ts turns one into the other.
 */
import type { QoS, Will } from "../wire/packets.ts";
import type { BrokerAddress, TlsFiles } from "../net/transport/dial_options.ts";
import type { DurationText, PluginConfig, PluginsOption, SizeText } from "../config/types.ts";

/** Where the broker is and how it is reached. */
export interface ConnectionOptions {
  /**
   * `mqtt://`, `mqtts://`, `ws://`, `wss://` with `user:password@host:port` (percent-encoded), or
   * `unix:///path`. Default `mqtt://127.0.0.1:1883`; default ports 1883, 8883, 80, 443.
   */
  uri?: string;
  username?: string;
  password?: string;
  /** Certificate authorities in place of the system's: a PEM file, a folder of PEM files, PEM text. */
  cafile?: string;
  capath?: string;
  cadata?: string;
  /** The client's certificate and key, PEM files; both or neither. */
  certfile?: string;
  keyfile?: string;
  /** The name that the broker's certificate must have, where it is not the URI's host; also sent as SNI. */
  server_name?: string;
  /** Headers of the WebSocket handshake. */
  headers?: Record<string, string>;
}

/** QoS and retain of messages published to one topic name. */
export interface TopicOptions {
  qos?: QoS;
  retain?: boolean;
}

/** The client's configuration as people write it. Hyphens are accepted for underscores in known keys. */
export interface ClientOptions {
  /** Default: random. */
  client_id?: string;
  connection?: ConnectionOptions;
  /** aMQTT's deprecated name of `connection`. */
  broker?: ConnectionOptions;
  /** Seconds in CONNECT; 0 turns it off. Default 10. */
  keep_alive?: number;
  /** PINGREQ leaves so much before keep_alive is over. Default 1. */
  ping_delay?: DurationText;
  default_qos?: QoS;
  default_retain?: boolean;
  topics?: Record<string, TopicOptions | null> | null;
  /** Default true. */
  auto_reconnect?: boolean;
  /** Attempts after a failed or lost connection; negative: for ever. Default 2. */
  reconnect_retries?: number;
  /** Longest pause between attempts. Default 10. */
  reconnect_max_interval?: DurationText;
  /** For network, TLS, WebSocket and CONNACK together. Default 60. */
  connection_timeout?: DurationText;
  /** Default true. */
  cleansession?: boolean;
  /** Check that the broker's certificate is for its host. Default true. */
  check_hostname?: boolean;
  /** Check the broker's certificate at all; can be off only when check_hostname is off. Default true. */
  verify_cert?: boolean;
  will?: { topic: string; message?: string; qos?: QoS; retain?: boolean } | null;
  /** Default: packet_logger. */
  plugins?: PluginsOption;
  /** How long the broker may take to answer a packet. Default 30; 0: for ever. */
  ack_timeout?: DurationText;
  /** QoS 1 and 2 exchanges under way at once. Default 256; 0: 65,535. */
  max_inflight?: number;
  /** Messages that wait: not connected, max_inflight reached, network slow. Default 65,536; 0: no limit. */
  max_queued_messages?: number;
  /** Their bytes. Default 64MiB. */
  max_queued_bytes?: SizeText;
  /** Largest packet that is accepted. Default: as large as MQTT allows. */
  max_packet_size?: SizeText;
  /** Bytes of received messages that wait for their receivers before reading stops. Default 4MiB. */
  max_read_backlog?: SizeText;
  /** Bytes in the write buffer before messages wait. Default 256KiB. */
  max_write_backlog?: SizeText;
}

/** The client's configuration as it uses it. */
export interface ClientConfig {
  /** The file it came from, for messages; undefined for an object. */
  readonly file: string | undefined;
  readonly directory: string;
  readonly clientId: string | undefined;
  readonly address: BrokerAddress;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsFiles;
  /** Seconds. */
  readonly keepAlive: number;
  /** Milliseconds of silence before PINGREQ; Infinity without keep-alive. */
  readonly pingAfter: number;
  readonly defaultQos: QoS;
  readonly defaultRetain: boolean;
  readonly topics: ReadonlyMap<string, TopicOptions>;
  readonly autoReconnect: boolean;
  /** Infinity: for ever. */
  readonly reconnectRetries: number;
  readonly reconnectMaxInterval: number;
  readonly connectionTimeout: number;
  readonly cleanSession: boolean;
  readonly will: Will | undefined;
  readonly plugins: readonly PluginConfig[];
  readonly ackTimeout: number;
  readonly maxInflight: number;
  readonly maxQueuedMessages: number;
  readonly maxQueuedBytes: number;
  readonly maxPacketSize: number;
  readonly maxReadBacklog: number;
  readonly maxWriteBacklog: number;
  /** One line each. */
  readonly warnings: readonly string[];
}
