/**
 * The client's configuration, from an object, a URI or a YAML file: checked, every default filled in. Invariant:
 * aMQTT's client configurations load unchanged; a UserError has all problems at once, and nothing is opened or
 * connected here.
 */
import { readValue, secretText } from "../config/fields.ts";
import { isMapping } from "../config/keys.ts";
import type { ConfigSource } from "../config/normalize.ts";
import { dirname, resolve } from "../config/paths.ts";
import { readPlugins } from "../config/plugins.ts";
import { Problems } from "../config/problems.ts";
import { readGiven, readSection, type Values, valuesOf } from "../config/table.ts";
import { readText } from "../text_file.ts";
import { topicNameProblem } from "../topic/filter.ts";
import type { ProtocolLevel, Will } from "../wire/packets.ts";
import {
  BEHAVIOUR_KEYS,
  CHECK_KEYS,
  CLIENT_KEYS,
  type ClientKeys,
  CONNECTION_KEYS,
  type ConnectionKeys,
  TLS_KEYS,
  TOPIC_KEYS,
  type TopicKeys,
  WILL_KEYS,
} from "./config_keys.ts";
import type { TlsFiles } from "../net/transport/dial_options.ts";
import type { ClientConfig } from "./config_types.ts";
import { pingAfterOf } from "./keep_alive.ts";
import { mqtt5Of, willProperties } from "./mqtt5_config.ts";
import { AUTHENTICATION_KEYS, MQTT5_KEYS, WILL5_KEYS } from "./mqtt5_keys.ts";
import { masked } from "../secrets.ts";
import { type BrokerUri, readUri } from "./uri.ts";

type TopLevel = Values<ClientKeys>;
type Connection = Values<ConnectionKeys>;

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
  const top = readSection(CLIENT_KEYS, options, [], problems);
  const connection = connectionOf(top, problems);
  const behaviour = behaviourOf(top);
  const will = willOf(top.will, problems);
  const around = { ...behaviour, hasWillProperties: will?.properties !== undefined };
  const authentication = valuesOf(AUTHENTICATION_KEYS, connection);
  const mqtt5 = mqtt5Of(valuesOf(MQTT5_KEYS, top), authentication, around, problems);
  const config = {
    file: source.file,
    directory: source.directory,
    ...addressOf(connection, mqtt5.protocolLevel, problems),
    headers: headersOf(connection.headers, problems),
    tls: tlsOf(connection, top, source.directory, problems),
    topics: topicsOf(top.topics, problems),
    will,
    plugins: pluginsOf(top.plugins, source, problems),
    ...behaviour,
    ...mqtt5,
    warnings: problems.warnings,
  };
  if (config.clientId === "" && config.protocolLevel < 5) {
    problems.addValue(["client_id"], "", "text");
  }
  if (!config.cleanSession && config.clientId === undefined) {
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

/** What a YAML file says, unchecked: options of a command line can be laid over it. */
export async function loadClientOptions(file: string): Promise<unknown> {
  const content = await readText(file);
  const { parseConfig } = await import("../config/yaml.ts");
  return parseConfig(content, file);
}

function behaviourOf(top: TopLevel) {
  const { cleansession: cleanSession, ...behaviour } = valuesOf(BEHAVIOUR_KEYS, top);
  const pingAfter = pingAfterOf(behaviour.keepAlive, behaviour.pingDelay);
  return { ...behaviour, cleanSession, pingAfter };
}

function connectionOf(top: TopLevel, problems: Problems): Connection {
  const isOld = top.connection === undefined && top.broker !== undefined;
  if (isOld) problems.warn(["broker"], "is deprecated; write connection");
  else if (top.broker !== undefined) problems.warn(["broker"], "ignored; connection is there too");
  const key = isOld ? "broker" : "connection";
  return readSection(CONNECTION_KEYS, top[key], [key], problems);
}

function addressOf(
  connection: Connection,
  level: ProtocolLevel,
  problems: Problems,
): BrokerUri | undefined {
  const uri = readUri(connection.uri);
  if (typeof uri === "string") {
    problems.add(
      ["connection", "uri"],
      `${masked(JSON.stringify(connection.uri))} ${uri}`,
    );
    return undefined;
  }
  const username = connection.username ?? uri.username;
  const password = connection.password ?? uri.password;
  if (password !== undefined && username === undefined && level < 5) {
    problems.add(["connection", "password"], "is there without a username [MQTT-3.1.2-22]");
  }
  return { address: uri.address, username, password };
}

function headersOf(raw: unknown, problems: Problems): Record<string, string> {
  if (raw === undefined || raw === null) return {};
  if (!isMapping(raw)) {
    problems.addSecret(["connection", "headers"], raw, "a mapping from names to values");
    return {};
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw)) {
    headers[name] = readValue(secretText, value, ["connection", "headers", name], problems) ?? "";
  }
  return headers;
}

function tlsOf(
  connection: Connection,
  top: TopLevel,
  directory: string,
  problems: Problems,
): TlsFiles {
  const tls = { ...valuesOf(TLS_KEYS, connection), ...valuesOf(CHECK_KEYS, top) };
  if ((tls.certfile === undefined) !== (tls.keyfile === undefined)) {
    problems.add(["connection"], "certfile and keyfile belong together; expected both or neither");
  }
  if (!tls.verifyCert && tls.checkHostname) {
    problems.add(["verify_cert"], "got false, expected true unless check_hostname is false too");
  }
  for (const name of ["cafile", "capath", "certfile", "keyfile"] as const) {
    const path = tls[name];
    if (path !== undefined) tls[name] = resolve(directory, path);
  }
  return tls;
}

function topicsOf(raw: unknown, problems: Problems): ClientConfig["topics"] {
  const topics = new Map<string, Partial<Values<TopicKeys>>>();
  if (raw === undefined || raw === null) return topics;
  if (!isMapping(raw)) {
    problems.addValue(["topics"], raw, "a mapping from topic names to qos and retain");
    return topics;
  }
  for (const [name, value] of Object.entries(raw)) {
    topics.set(name, readGiven(TOPIC_KEYS, value, ["topics", name], problems));
  }
  return topics;
}

function willOf(raw: unknown, problems: Problems): Will | undefined {
  if (raw === undefined || raw === null) return undefined;
  const will = readSection(WILL_KEYS, raw, ["will"], problems);
  const topicName = will.topic ?? "";
  const problem = topicNameProblem(topicName);
  if (problem !== undefined) problems.add(["will", "topic"], problem);
  const payload = new TextEncoder().encode(will.message);
  if (payload.length > 65_535) problems.add(["will", "message"], "is longer than 65535 bytes");
  const properties = willProperties(valuesOf(WILL5_KEYS, will));
  const plain = { topicName, payload, qos: will.qos, retain: will.retain };
  return properties === undefined ? plain : { ...plain, properties };
}

function pluginsOf(raw: unknown, source: ConfigSource, problems: Problems) {
  const isNone = raw === null || (typeof raw === "object" && Object.keys(raw).length === 0);
  return isNone ? [] : readPlugins(raw, source, problems);
}
