/**
 * What CONNECT says of the session, as the options of a client command ask for it. Invariant: only what was given
 * is said, so that the values of --config-file stay.
 */
import type { ClientOptions } from "../client/config_types.ts";
import type { SessionFlags } from "./client_options.ts";
import { UsageError } from "./usage_error.ts";

/** @throws {UsageError} where a value is not understood, or something of a will is said without its topic */
export function sessionOf(given: SessionFlags): ClientOptions {
  checkVersion(given);
  const options: ClientOptions = {};
  const keepAlive = given.integer("keep-alive", 0, 65_535);
  if (keepAlive !== undefined) options.keep_alive = keepAlive;
  const inflight = given.integer("max-inflight", 1, 65_535);
  if (inflight !== undefined) options.max_inflight = inflight;
  const id = given.last("client-id") ?? prefixedId(given.last("id-prefix"));
  if (id !== undefined) options.client_id = id;
  if (given.has("clean-session")) options.cleansession = true;
  if (given.has("disable-clean-session")) options.cleansession = false;
  const will = willOf(given);
  if (will !== undefined) options.will = will;
  return options;
}

function checkVersion(given: SessionFlags): void {
  const version = given.last("protocol-version");
  if (version === undefined || /^(mqttv)?(311|3\.1\.1|4)$/.test(version)) return;
  throw given.wrong("protocol-version", "mqttv311: Midge speaks MQTT 3.1.1");
}

function prefixedId(prefix: string | undefined): string | undefined {
  return prefix === undefined ? undefined : prefix + crypto.randomUUID().slice(0, 8);
}

const NEED_TOPIC = ["will-message", "will-qos", "will-retain"] as const;

function willOf(given: SessionFlags): ClientOptions["will"] {
  const topic = given.last("will-topic");
  if (topic === undefined) {
    const alone = NEED_TOPIC.find((option) => given.has(option));
    if (alone === undefined) return undefined;
    throw new UsageError(`${given.nameOf(alone)} needs --will-topic`);
  }
  return {
    topic,
    message: given.last("will-message") ?? "",
    qos: given.qos("will-qos"),
    retain: given.has("will-retain"),
  };
}
