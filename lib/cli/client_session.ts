/**
 * What CONNECT says of the session, as the options of a client command ask for it. Invariant: only what was given
 * is said, so that the values of --config-file stay.
 */
import type { ClientOptions } from "../client/config_types.ts";
import { NEVER, readVersion } from "../client/mqtt5_keys.ts";
import type { SessionFlags, VersionFlags } from "./client_options.ts";
import type { GivenProperties, PropertyCommand } from "./property_options.ts";
import { UsageError } from "./usage_error.ts";

/** Properties by the packet that they are given to. */
export type PropertiesByCommand = ReadonlyMap<PropertyCommand, GivenProperties>;

/**
 * @param properties Those of --property
 * @param needs5 An option of the command itself that only MQTT 5 has
 * @throws {UsageError} where a value is not understood, or something of a will is said without its topic
 */
export function sessionOf(
  given: SessionFlags,
  properties: PropertiesByCommand,
  needs5?: string,
): ClientOptions {
  const connect = properties.get("connect");
  const options: ClientOptions = connect === undefined ? {} : connectOptions(connect);
  const expiry = expiryOf(given);
  if (expiry !== undefined) options.session_expiry_interval = expiry;
  const option = needs5 ?? (properties.size > 0 ? "--property" : undefined) ??
    (expiry === undefined ? undefined : "--session-expiry-interval");
  const version = versionOf(given, option);
  if (version !== undefined) options.protocol_version = version;
  const keepAlive = given.integer("keep-alive", 0, 65_535);
  if (keepAlive !== undefined) options.keep_alive = keepAlive;
  const inflight = given.integer("max-inflight", 1, 65_535);
  if (inflight !== undefined) options.max_inflight = inflight;
  const id = given.last("client-id") ?? prefixedId(given.last("id-prefix"));
  if (id !== undefined) options.client_id = id;
  if (given.has("clean-session")) options.cleansession = true;
  if (given.has("disable-clean-session")) options.cleansession = false;
  const will = willOf(given, properties.get("will"));
  if (will !== undefined) options.will = will;
  return options;
}

/**
 * The version that was asked for, or that an option needs; undefined where nothing is said of it.
 * @throws {UsageError} where one contradicts the other
 */
export function versionOf(given: VersionFlags, option?: string): string | number | undefined {
  const text = given.last("protocol-version");
  const level = text === undefined ? undefined : readVersion(text);
  if (text !== undefined && level === undefined) {
    throw given.wrong("protocol-version", "5, 3.1.1 or 3.1 (mqttv5, mqttv311, mqttv31)");
  }
  if (option === undefined) return text;
  if (level !== undefined && level < 5) {
    throw new UsageError(`${option} needs --protocol-version 5`);
  }
  return 5;
}

/** Seconds, or never. */
function expiryOf(given: SessionFlags): number | "never" | undefined {
  const text = given.last("session-expiry-interval");
  if (text === undefined) return undefined;
  if (text === "-1" || text === "\u221e" || text === String(NEVER)) return "never";
  return given.integer("session-expiry-interval", 0, NEVER - 1);
}

function connectOptions(given: GivenProperties): ClientOptions {
  const expiry = given.number("session-expiry-interval");
  const method = given.text("authentication-method");
  const data = given.text("authentication-data");
  return withoutNulls({
    ...(method === undefined && data === undefined ? {} : {
      connection: { authentication_method: method ?? null, authentication_data: data ?? null },
    }),
    max_packet_size: given.number("maximum-packet-size") ?? null,
    receive_maximum: given.number("receive-maximum") ?? null,
    request_problem_information: given.flag("request-problem-information") ?? null,
    request_response_information: given.flag("request-response-information") ?? null,
    session_expiry_interval: expiry === NEVER ? "never" : expiry ?? null,
    topic_alias_maximum: given.number("topic-alias-maximum") ?? null,
    user_properties: given.userProperties ?? null,
  });
}

/** What was not said stays what the file says. */
function withoutNulls(options: ClientOptions): ClientOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null));
}

function prefixedId(prefix: string | undefined): string | undefined {
  return prefix === undefined ? undefined : prefix + crypto.randomUUID().slice(0, 8);
}

const NEED_TOPIC = ["will-message", "will-qos", "will-retain"] as const;

function willOf(
  given: SessionFlags,
  properties: GivenProperties | undefined,
): ClientOptions["will"] {
  const topic = given.last("will-topic");
  if (topic === undefined) {
    const option = NEED_TOPIC.find((option) => given.has(option));
    const alone = option === undefined ? undefined : given.nameOf(option);
    if (alone === undefined && properties === undefined) return undefined;
    throw new UsageError(`${alone ?? "--property will"} needs --will-topic`);
  }
  const delay = properties?.number("will-delay-interval");
  return {
    topic,
    message: given.last("will-message") ?? "",
    qos: given.qos("will-qos"),
    retain: given.has("will-retain"),
    delay_interval: delay === NEVER ? "never" : delay ?? null,
    message_expiry_interval: properties?.number("message-expiry-interval") ?? null,
    payload_format_indicator: properties?.bit("payload-format-indicator") ?? null,
    content_type: properties?.text("content-type") ?? null,
    response_topic: properties?.text("response-topic") ?? null,
    correlation_data: properties?.text("correlation-data") ?? null,
    user_properties: properties?.userProperties ?? null,
  };
}
