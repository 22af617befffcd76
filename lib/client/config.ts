/**
 * The client's configuration, from an object, a URI or a YAML file: checked, every default filled in. Called
 * by Client and by `midge pub` and `midge sub`. Invariant: aMQTT's client configurations load unchanged; a
 * UserError has all problems at once, and nothing is opened or connected here.
 */
import * as v from "valibot";
import { topicNameProblem } from "../topic/filter.ts";
import type { QoS, Will } from "../wire/packets.ts";
import type { TlsFiles } from "../net/transport/dial_options.ts";
import type { ClientConfig, ClientOptions, TopicOptions } from "./config_types.ts";
import { type BrokerUri, readUri, withoutPassword } from "./uri.ts";
import {
  countLimit,
  duration,
  durationLimit,
  field,
  flag,
  readSection,
  sizeLimit,
} from "../config/fields.ts";
import { isMapping } from "../config/keys.ts";
import { readText } from "../text_file.ts";
import type { ConfigSource } from "../config/normalize.ts";
import { dirname, resolve } from "../config/paths.ts";
import { readPlugins } from "../config/plugins.ts";
import { Problems } from "../config/problems.ts";
import { readCount } from "../config/units.ts";

const MAX_KEEP_ALIVE = 65_535;
const MAX_INFLIGHT = 65_535;
const DEFAULT_URI = "mqtt://127.0.0.1:1883";

const text = field(
  (value) => typeof value === "string" && value !== "" ? value : undefined,
  "text",
);

const qos = oneOfNumbers(0, 1, 2);

function oneOfNumbers<const T extends number>(...numbers: readonly T[]) {
  return field((value) => numbers.find((one) => one === value), "0, 1 or 2");
}

const keepAlive = field((value) => {
  const seconds = readCount(value);
  return seconds !== undefined && seconds <= MAX_KEEP_ALIVE ? seconds : undefined;
}, `a whole number of seconds up to ${MAX_KEEP_ALIVE}, or 0 for off`);

const inflight = field((value) => {
  const read = readCount(value);
  return read !== undefined && read <= MAX_INFLIGHT ? read || MAX_INFLIGHT : undefined;
}, `a whole number up to ${MAX_INFLIGHT}, or 0 for ${MAX_INFLIGHT}`);

const retries = field(
  (value) =>
    Number.isInteger(value) ? (value as number) < 0 ? Infinity : value as number : undefined,
  "a whole number; negative for ever",
);

const TOP_LEVEL = v.object({
  client_id: v.nullish(text),
  connection: v.optional(v.unknown()),
  broker: v.optional(v.unknown()),
  topics: v.optional(v.unknown()),
  will: v.optional(v.unknown()),
  plugins: v.optional(v.unknown()),

  keep_alive: v.nullish(keepAlive, 10),
  ping_delay: v.nullish(duration, 1),
  default_qos: v.nullish(qos, 0),
  default_retain: v.nullish(flag, false),
  auto_reconnect: v.nullish(flag, true),
  connection_timeout: v.nullish(durationLimit, 60),
  reconnect_retries: v.nullish(retries, 2),
  reconnect_max_interval: v.nullish(duration, 10),
  cleansession: v.nullish(flag, true),
  check_hostname: v.nullish(flag, true),
  verify_cert: v.nullish(flag, true),

  ack_timeout: v.nullish(durationLimit, 30),
  max_inflight: v.nullish(inflight, 256),
  max_queued_messages: v.nullish(countLimit, 65_536),
  max_queued_bytes: v.nullish(sizeLimit, "64MiB"),
  max_packet_size: v.nullish(sizeLimit, 0),
  max_read_backlog: v.nullish(sizeLimit, "4MiB"),
  max_write_backlog: v.nullish(sizeLimit, "256KiB"),
});

const CONNECTION = v.object({
  uri: v.nullish(text, DEFAULT_URI),
  username: v.nullish(text),
  password: v.nullish(field((value) => typeof value === "string" ? value : undefined, "text")),
  cafile: v.nullish(text),
  capath: v.nullish(text),
  cadata: v.nullish(text),
  certfile: v.nullish(text),
  keyfile: v.nullish(text),
  server_name: v.nullish(text),
  headers: v.optional(v.unknown()),
});

const TOPIC = v.object({ qos: v.nullish(qos), retain: v.nullish(flag) });

const WILL = v.object({
  topic: v.nullish(text),
  message: v.nullish(field((value) => typeof value === "string" ? value : undefined, "text"), ""),
  qos: v.nullish(qos, 0),
  retain: v.nullish(flag, false),
});

type TopLevel = v.InferOutput<typeof TOP_LEVEL>;
type Connection = v.InferOutput<typeof CONNECTION>;

/**
 * Checks a raw client configuration (the value of a YAML file, ClientOptions or a URI) and fills in the
 * defaults.
 * @throws UserError with one line for every problem
 */
export function normalizeClientConfig(
  raw: unknown,
  source: ConfigSource = { directory: Deno.cwd() },
): ClientConfig {
  const problems = new Problems(source.file);
  const options = typeof raw === "string" ? { connection: { uri: raw } } : raw;
  const top = readSection(TOP_LEVEL, options, [], problems);
  const connection = connectionOf(top, problems);
  const config = {
    file: source.file,
    directory: source.directory,
    clientId: top.client_id ?? undefined,
    ...addressOf(connection, problems),
    headers: headersOf(connection.headers, problems),
    tls: tlsOf(connection, top, source.directory, problems),
    topics: topicsOf(top.topics, problems),
    will: willOf(top.will, problems),
    plugins: pluginsOf(top.plugins, source, problems),
    ...behaviourOf(top),
    ...limitsOf(top),
    warnings: problems.warnings,
  };
  if (!top.cleansession && config.clientId === undefined) {
    problems.warn(["cleansession"], "false without client_id: nobody finds this session again");
  }
  problems.throwIfAny();
  return config as typeof config & BrokerUri;
}

/**
 * The client's configuration of a YAML file.
 * @throws UserError
 */
export async function loadClientConfig(file: string): Promise<ClientConfig> {
  const source = { file, directory: dirname(resolve(file)) };
  return normalizeClientConfig(await loadClientOptions(file), source);
}

/** What a YAML file says, unchecked; for whoever adds options of a command line to it. */
export async function loadClientOptions(file: string): Promise<unknown> {
  const content = await readText(file);
  const { parseYaml } = await import("../config/yaml.ts");
  return parseYaml(content, file) as ClientOptions;
}

function behaviourOf(top: TopLevel) {
  const keepAliveMs = top.keep_alive * 1000;
  return {
    keepAlive: top.keep_alive,
    // With a delay as long as keep_alive itself a ping would follow the other.
    pingAfter: top.keep_alive === 0
      ? Infinity
      : Math.max(keepAliveMs - top.ping_delay, keepAliveMs / 2),
    defaultQos: top.default_qos,
    defaultRetain: top.default_retain,
    autoReconnect: top.auto_reconnect,
    reconnectRetries: top.reconnect_retries,
    reconnectMaxInterval: top.reconnect_max_interval,
    connectionTimeout: top.connection_timeout,
    cleanSession: top.cleansession,
  };
}

function limitsOf(top: TopLevel) {
  return {
    ackTimeout: top.ack_timeout,
    maxInflight: top.max_inflight,
    maxQueuedMessages: top.max_queued_messages,
    maxQueuedBytes: top.max_queued_bytes,
    maxPacketSize: top.max_packet_size,
    maxReadBacklog: top.max_read_backlog,
    maxWriteBacklog: top.max_write_backlog,
  };
}

function connectionOf(top: TopLevel, problems: Problems): Connection {
  const isOld = top.connection === undefined && top.broker !== undefined;
  if (isOld) problems.warn(["broker"], "is deprecated; write connection");
  else if (top.broker !== undefined) problems.warn(["broker"], "ignored; connection is there too");
  const key = isOld ? "broker" : "connection";
  return readSection(CONNECTION, top[key], [key], problems);
}

function addressOf(connection: Connection, problems: Problems): BrokerUri | undefined {
  const uri = readUri(connection.uri);
  if (typeof uri === "string") {
    problems.add(
      ["connection", "uri"],
      `${JSON.stringify(withoutPassword(connection.uri))} ${uri}`,
    );
    return undefined;
  }
  const username = connection.username ?? uri.username;
  const password = connection.password ?? uri.password;
  if (password !== undefined && username === undefined) {
    problems.add(["connection", "password"], "is there without a username [MQTT-3.1.2-22]");
  }
  return { address: uri.address, username, password };
}

function headersOf(raw: unknown, problems: Problems): Record<string, string> {
  if (raw === undefined || raw === null) return {};
  if (!isMapping(raw)) {
    problems.addValue(["connection", "headers"], raw, "a mapping from names to values");
    return {};
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (typeof value === "string") headers[name] = value;
    else problems.addValue(["connection", "headers", name], value, "text");
  }
  return headers;
}

function tlsOf(
  connection: Connection,
  top: TopLevel,
  directory: string,
  problems: Problems,
): TlsFiles {
  const path = (name: string | null | undefined) =>
    typeof name === "string" ? resolve(directory, name) : undefined;
  if (
    (connection.certfile ?? undefined) === undefined !==
      ((connection.keyfile ?? undefined) === undefined)
  ) {
    problems.add(["connection"], "certfile and keyfile belong together; expected both or neither");
  }
  if (!top.verify_cert && top.check_hostname) {
    problems.add(["verify_cert"], "got false, expected true unless check_hostname is false too");
  }
  return {
    cafile: path(connection.cafile),
    capath: path(connection.capath),
    cadata: connection.cadata ?? undefined,
    certfile: path(connection.certfile),
    keyfile: path(connection.keyfile),
    serverName: connection.server_name ?? undefined,
    checkHostname: top.check_hostname,
    verifyCert: top.verify_cert,
  };
}

function topicsOf(raw: unknown, problems: Problems): Map<string, TopicOptions> {
  const topics = new Map<string, TopicOptions>();
  if (raw === undefined || raw === null) return topics;
  if (!isMapping(raw)) {
    problems.addValue(["topics"], raw, "a mapping from topic names to qos and retain");
    return topics;
  }
  for (const [name, value] of Object.entries(raw)) {
    const topic = readSection(TOPIC, value, ["topics", name], problems);
    const options: TopicOptions = {};
    if (typeof topic.qos === "number") options.qos = topic.qos;
    if (typeof topic.retain === "boolean") options.retain = topic.retain;
    topics.set(name, options);
  }
  return topics;
}

function willOf(raw: unknown, problems: Problems): Will | undefined {
  if (raw === undefined || raw === null) return undefined;
  const will = readSection(WILL, raw, ["will"], problems);
  const topicName = will.topic ?? "";
  const problem = topicNameProblem(topicName);
  if (problem !== undefined) problems.add(["will", "topic"], problem);
  const payload = new TextEncoder().encode(will.message);
  if (payload.length > 65_535) problems.add(["will", "message"], "is longer than 65535 bytes");
  return { topicName, payload, qos: will.qos as QoS, retain: will.retain };
}

function pluginsOf(raw: unknown, source: ConfigSource, problems: Problems) {
  if (raw === undefined) return readPlugins(["packet_logger"], source, problems);
  const isNone = raw === null || (typeof raw === "object" && Object.keys(raw).length === 0);
  return isNone ? [] : readPlugins(raw, source, problems);
}
