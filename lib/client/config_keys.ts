/**
 * The table of the client's configuration: every key that people may write in a client's YAML file and in
 * `new Client({...})`. Names and defaults that aMQTT has are aMQTT's; a number of its durations is seconds.
 */
import {
  anyText,
  anything,
  countLimit,
  duration,
  durationLimit,
  field,
  flag,
  inflight,
  oneOf,
  path,
  secret,
  secretText,
  sizeLimit,
  text,
} from "../config/fields.ts";
import type { PluginsOption } from "../config/plugin_keys.ts";
import { key, type Options, section } from "../config/table.ts";
import { readCount } from "../config/units.ts";
import { AUTHENTICATION_KEYS, MQTT5_KEYS, WILL5_KEYS } from "./mqtt5_keys.ts";

const MAX_KEEP_ALIVE = 65_535;

const keepAlive = field<number>(
  (value) => {
    const seconds = readCount(value);
    return seconds !== undefined && seconds <= MAX_KEEP_ALIVE ? seconds : undefined;
  },
  `a whole number of seconds up to ${MAX_KEEP_ALIVE}, or 0 for off`,
  { unit: "seconds" },
);

/** Infinity: for ever. */
const retries = field<number>((value) => {
  if (typeof value !== "number" || !Number.isInteger(value)) return undefined;
  return value < 0 ? Infinity : value;
}, "a whole number; negative for ever");

const qos = oneOf(0, 1, 2);

/** Files and texts for TLS, in `connection`. */
export const TLS_KEYS = {
  cafile: key({
    type: text,
    doc: "Authorities in place of the system's: a PEM file, a folder of them, or PEM text.",
  }),
  capath: key({ type: path }),
  cadata: key({ type: text }),
  certfile: key({ type: path, doc: "The client's certificate and its key, PEM files." }),
  keyfile: key({ type: path }),
  server_name: key({
    type: text,
    doc: "The name in the broker's certificate where it is not the URI's host; sent as SNI too.",
  }),
};

/** `connection`. */
export const CONNECTION_KEYS = {
  uri: key({
    type: secret(text),
    default: "mqtt://127.0.0.1:1883",
    shown: "active",
    doc:
      "mqtt, mqtts, ws or wss://USER:PASSWORD@HOST:PORT (percent-encoded; ports 1883, 8883, 80, 443 where none " +
      "is said), or unix:///PATH.",
  }),
  username: key({ type: text, doc: "In place of those in the URI." }),
  password: key({ type: secretText }),
  ...AUTHENTICATION_KEYS,
  ...TLS_KEYS,
  headers: key({
    type: secret(anything<Record<string, string>>()),
    example: { Authorization: "Bearer TOKEN" },
    doc: "Of the WebSocket handshake.",
  }),
};

/** One of `topics`. */
export const TOPIC_KEYS = { qos: key({ type: qos }), retain: key({ type: flag }) };

/** `will`. */
export const WILL_KEYS = {
  topic: key({ type: text, shown: "active", example: "sensors/1/status" }),
  message: key({ type: anyText, default: "", shown: "active", example: "offline" }),
  qos: key({ type: qos, default: 0, shown: "active" }),
  retain: key({ type: flag, default: false, shown: "active" }),
  ...WILL5_KEYS,
};

/** What is about certificates beside `connection`. */
export const CHECK_KEYS = {
  check_hostname: key({
    type: flag,
    default: true,
    shown: "active",
    doc: "Check that the broker's certificate is for its host.",
  }),
  verify_cert: key({
    type: flag,
    default: true,
    shown: "active",
    doc: "Check the broker's certificate at all; can be off only when check_hostname is.",
  }),
};

/** Who the client is, and how long the broker knows it. */
export const SESSION_KEYS = {
  client_id: key({
    type: anyText,
    doc: "Random where it is left out; with MQTT 5 an empty one lets the broker choose.",
  }),
  keep_alive: key({
    type: keepAlive,
    default: 10,
    shown: "active",
    doc:
      "CONNECT carries keep_alive (0: off). A ping leaves when one side has been silent for keep_alive minus " +
      "ping_delay, at least half of keep_alive: the broker has sent no packet, or nothing has left here. A " +
      "broker that stays silent for keep_alive more is taken for lost.",
  }),
  ping_delay: key({ type: duration, default: 1, shown: "active" }),
  cleansession: key({
    type: flag,
    default: true,
    shown: "active",
    doc: "false: the session outlives the connection; it takes a client_id.",
  }),
};

/** What a publish that says nothing is like. */
export const MESSAGE_KEYS = {
  default_qos: key({
    type: qos,
    default: 0,
    shown: "active",
    doc: "Of messages that are published without saying.",
  }),
  default_retain: key({ type: flag, default: false, shown: "active" }),
};

/** How long it waits, and how often it tries. */
export const RECONNECT_KEYS = {
  auto_reconnect: key({
    type: flag,
    default: true,
    shown: "active",
    doc: "Connect again when the connection is lost.",
  }),
  reconnect_retries: key({
    type: retries,
    default: 2,
    shown: "active",
    doc: "Attempts after a failed or lost connection; negative: for ever.",
  }),
  connect_retries: key({
    type: retries,
    doc: "The same before the first connection; as reconnect_retries where it is left out.",
  }),
  reconnect_max_interval: key({
    type: duration,
    default: 10,
    shown: "active",
    doc: "Pauses are 1, 2, 4, ... seconds up to this, half of it left to chance.",
  }),
  connection_timeout: key({
    type: durationLimit,
    default: 60,
    shown: "active",
    doc: "For network, TLS, WebSocket and CONNACK together; 0: for ever.",
  }),
  ack_timeout: key({
    type: durationLimit,
    default: 30,
    shown: "active",
    doc: "How long the broker may take to answer a packet; 0: for ever.",
  }),
};

/** What the client may take up. */
export const LIMIT_KEYS = {
  max_inflight: key({
    type: inflight,
    default: 256,
    shown: "active",
    doc: "QoS 1 and 2 exchanges under way at once; 0 stands for 65535.",
  }),
  max_queued_messages: key({
    type: countLimit,
    default: 65_536,
    shown: "active",
    doc:
      "Messages that wait to be sent (no connection, max_inflight reached, slow network), and their bytes; 0: no " +
      "limit.",
  }),
  max_queued_bytes: key({ type: sizeLimit, default: "64MiB", shown: "active" }),
  max_packet_size: key({
    type: sizeLimit,
    default: 0,
    shown: "active",
    doc: "Largest packet that is accepted; a larger one closes the client. 0: what MQTT allows.",
  }),
  max_read_backlog: key({
    type: sizeLimit,
    default: "4MiB",
    shown: "active",
    doc: "Bytes of received messages that wait for their receivers before reading stops.",
  }),
  max_write_backlog: key({
    type: sizeLimit,
    default: "256KiB",
    shown: "active",
    doc: "Bytes in the write buffer before messages wait.",
  }),
};

/** The keys whose values ClientConfig has under their own names. */
export const BEHAVIOUR_KEYS = {
  ...SESSION_KEYS,
  ...MESSAGE_KEYS,
  ...RECONNECT_KEYS,
  ...LIMIT_KEYS,
};

/** Everything that may stand at the top. */
export const CLIENT_KEYS = {
  connection: section(CONNECTION_KEYS, { shown: "active", doc: "Where the broker is." }),
  // aMQTT's deprecated name of connection.
  broker: section(CONNECTION_KEYS, { shown: "hidden" }),
  ...CHECK_KEYS,
  ...BEHAVIOUR_KEYS,
  ...MQTT5_KEYS,
  topics: key({
    type: anything<Record<string, Options<typeof TOPIC_KEYS> | null>>(),
    example: { "sensors/1/status": { qos: 1, retain: true } },
    doc: "The same for single topic names.",
  }),
  will: key({
    type: anything<Options<typeof WILL_KEYS> & { topic: string }>(),
    keys: WILL_KEYS,
    doc: "What the broker publishes when the connection is lost.",
  }),
  plugins: key({
    type: anything<PluginsOption>(),
    default: ["packet_logger"],
    shown: "active",
    doc: "The same as in the broker; see below. null: none.",
  }),
};

// For the types that follow from the tables.

/** @internal */
export type ClientKeys = typeof CLIENT_KEYS;

/** @internal */
export type ConnectionKeys = typeof CONNECTION_KEYS;

/** @internal */
export type TopicKeys = typeof TOPIC_KEYS;

/** @internal */
export type TlsKeys = typeof TLS_KEYS;

/** @internal */
export type CheckKeys = typeof CHECK_KEYS;

/** @internal */
export type BehaviourKeys = typeof BEHAVIOUR_KEYS;
