/**
 * The client's configuration, twice: as people write it (`ClientOptions`, snake_case, the same in YAML and in
 * `new Client({...})`, aMQTT's keys and defaults) and as the client uses it (`ClientConfig`: defaults filled
 * in, durations in milliseconds, sizes in bytes, no limit = Infinity). client.ts turns one into the other.
 */
import type { QoS, Will } from "../wire/packets.ts";
import type { DurationText, PluginConfig, PluginsOption, SizeText } from "../config/types.ts";

/** Where the broker is and how it is reached. */
export interface ConnectionOptions {
  /**
   * `mqtt://`, `mqtts://`, `ws://`, `wss://` with `user:password@host:port` (percent-encoded), or
   * `unix:///path`. Default `mqtt://127.0.0.1:1883`; default ports 1883, 8883, 80, 443.
   */
  uri?: string;
  /** In place of the URI's. */
  username?: string;
  /** In place of the URI's. */
  password?: string;
  /** Certificate authorities in place of the system's: a PEM file, a folder of PEM files, PEM text. */
  cafile?: string;
  /** A folder of PEM files. */
  capath?: string;
  /** PEM text. */
  cadata?: string;
  /** The client's certificate and key, PEM files; both or neither. */
  certfile?: string;
  /** The key of `certfile`. */
  keyfile?: string;
  /** The name that the broker's certificate must have, where it is not the URI's host; also sent as SNI. */
  server_name?: string;
  /** Headers of the WebSocket handshake. */
  headers?: Record<string, string>;
}

/** QoS and retain of messages published to one topic name. */
export interface TopicOptions {
  /** Default: `default_qos`. */
  qos?: QoS;
  /** Default: `default_retain`. */
  retain?: boolean;
}

/** The client's configuration as people write it. Hyphens are accepted for underscores in known keys. */
export interface ClientOptions {
  /** Default: random. */
  client_id?: string;
  /** Where the broker is. Default: on this machine. */
  connection?: ConnectionOptions;
  /** aMQTT's deprecated name of `connection`. */
  broker?: ConnectionOptions;
  /** Seconds in CONNECT; 0 turns it off. Default 10. */
  keep_alive?: number;
  /** PINGREQ leaves so much before keep_alive is over. Default 1. */
  ping_delay?: DurationText;
  /** Of messages published without one. Default 0. */
  default_qos?: QoS;
  /** Of messages published without one. Default false. */
  default_retain?: boolean;
  /** QoS and retain by topic name. */
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
  /** What the broker publishes when the connection breaks. Default: nothing. */
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

/** Where a client connects to. */
export interface Endpoint {
  /** For messages: scheme, host and port, or path; never a password. */
  readonly name: string;
  /** How it is spoken to. */
  readonly scheme: "mqtt" | "mqtts" | "ws" | "wss" | "unix";
  /** Name or address; an IPv6 address without brackets. */
  readonly hostname: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  /** Of a Unix socket, or of a WebSocket's URL with its query. */
  readonly path: string;
}

/** What TLS needs; paths are absolute. */
export interface TlsConfig {
  /** PEM; undefined: not given. */
  readonly cafile: string | undefined;
  /** A folder of PEM files; undefined: not given. */
  readonly capath: string | undefined;
  /** PEM text; undefined: not given. */
  readonly cadata: string | undefined;
  /** Undefined: no client certificate. */
  readonly certfile: string | undefined;
  /** Given with `certfile`. */
  readonly keyfile: string | undefined;
  /** Undefined: the host's name. */
  readonly serverName: string | undefined;
  /** Must the certificate be for this host? */
  readonly checkHostname: boolean;
  /** Must the certificate be trusted? */
  readonly verifyCert: boolean;
}

/** The client's configuration as it uses it. */
export interface ClientConfig {
  /** The file it came from, for messages; undefined for an object. */
  readonly file: string | undefined;
  /** Relative paths are relative to this. */
  readonly directory: string;
  /** Undefined: a random one. */
  readonly clientId: string | undefined;
  /** Where the broker is. */
  readonly endpoint: Endpoint;
  /** Undefined: none is sent. */
  readonly username: string | undefined;
  /** Undefined: none is sent. */
  readonly password: string | undefined;
  /** Of the WebSocket handshake. */
  readonly headers: Readonly<Record<string, string>>;
  /** Used by mqtts and wss. */
  readonly tls: TlsConfig;
  /** Seconds. */
  readonly keepAlive: number;
  /** Milliseconds of silence before PINGREQ; Infinity without keep-alive. */
  readonly pingAfter: number;
  /** Where neither the call nor `topics` says. */
  readonly defaultQos: QoS;
  /** Where neither the call nor `topics` says. */
  readonly defaultRetain: boolean;
  /** By topic name. */
  readonly topics: ReadonlyMap<string, TopicOptions>;
  /** Is a lost connection made again? */
  readonly autoReconnect: boolean;
  /** Infinity: for ever. */
  readonly reconnectRetries: number;
  /** Milliseconds. */
  readonly reconnectMaxInterval: number;
  /** Milliseconds, from dialling to CONNACK. */
  readonly connectionTimeout: number;
  /** The flag in CONNECT. */
  readonly cleanSession: boolean;
  /** Undefined: none. */
  readonly will: Will | undefined;
  /** In order. */
  readonly plugins: readonly PluginConfig[];
  /** Milliseconds; Infinity: for ever. */
  readonly ackTimeout: number;
  /** QoS 1 and 2 exchanges under way at once. */
  readonly maxInflight: number;
  /** Messages that wait. */
  readonly maxQueuedMessages: number;
  /** Their bytes. */
  readonly maxQueuedBytes: number;
  /** Bytes of a whole packet that is accepted. */
  readonly maxPacketSize: number;
  /** Bytes of messages that wait for their receivers. */
  readonly maxReadBacklog: number;
  /** Bytes in the write buffer. */
  readonly maxWriteBacklog: number;
  /** One line each. */
  readonly warnings: readonly string[];
}
