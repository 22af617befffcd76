/**
 * Why a listener of mosquitto's cannot be carried over. Invariant: what it asks of its clients and Midge cannot ask is
 * a reason; a listener never becomes more open.
 */
import type { Obstacle } from "./closed_door.ts";
import type { ListenerPart, MosquittoConf } from "./mosquitto_conf.ts";
import { TLS } from "./mosquitto_keys.ts";
import { flagOf, wordOf, wordsOf } from "./mosquitto_values.ts";
import type { Statement } from "./statements.ts";

const FLAGS = new Set([
  "disable_client_cert_date_checks",
  "require_certificate",
  "use_identity_as_username",
  "use_subject_as_username",
]);
/** TLS that tells clients apart, by certificates or keys of theirs. */
const CLIENT_TLS = new Set([
  "psk_hint",
  "require_certificate",
  "use_identity_as_username",
  "use_subject_as_username",
]);

/** Undefined when it can. */
export function obstacleOf(listener: ListenerPart, conf: MosquittoConf): Obstacle | undefined {
  const { port, host, settings } = listener;
  const prefixes = conf.general.get("clientid_prefixes");
  if (prefixes !== undefined) {
    return keepsOut(
      `clientid_prefixes lets in client ids that begin with "${prefixes.value}" only`,
    );
  }
  if (port === 0) {
    return keepsOut(`a Unix socket (${host ?? "without a path"}); Midge listens on TCP`);
  }
  return ofProtocol(settings) ?? ofTls(settings) ?? ofClients(settings) ?? ofInterface(settings);
}

function keepsOut(why: string): Obstacle {
  return { why, keepsOut: true };
}

function ofProtocol(settings: ReadonlyMap<string, Statement>): Obstacle | undefined {
  const protocol = settings.get("protocol");
  if (settings.has("enable_proxy_protocol")) {
    return keepsOut("Midge does not speak the PROXY protocol yet");
  }
  if (protocol === undefined || wordOf(protocol) === "mqtt") return undefined;
  const isWebSocket = wordOf(protocol) === "websockets";
  if (!isWebSocket) return keepsOut(`Midge does not speak ${wordOf(protocol)}`);
  return { why: "Midge has no WebSocket listeners yet", keepsOut: tellsApart(settings) };
}

function ofTls(settings: ReadonlyMap<string, Statement>): Obstacle | undefined {
  const isOn = (one: Statement) => TLS.has(one.key) && (!FLAGS.has(one.key) || flagOf(one));
  if (![...settings.values()].some(isOn)) return undefined;
  return { why: "Midge has no TLS listeners yet", keepsOut: tellsApart(settings) };
}

function tellsApart(settings: ReadonlyMap<string, Statement>): boolean {
  const tells = (one: Statement) => CLIENT_TLS.has(one.key) && (!FLAGS.has(one.key) || flagOf(one));
  return [...settings.values()].some(tells) || ofClients(settings) !== undefined;
}

function ofClients(settings: ReadonlyMap<string, Statement>): Obstacle | undefined {
  if (settings.has("mount_point")) {
    return keepsOut("its mount_point keeps its clients apart from the others");
  }
  const asId = settings.get("use_username_as_clientid");
  if (asId !== undefined && flagOf(asId)) {
    return keepsOut(
      "use_username_as_clientid keeps out clients without a user name, and from the sessions of others",
    );
  }
  const versions = settings.get("accept_protocol_versions");
  const accepted = versions === undefined ? ["3", "4"] : wordsOf(versions).join(",").split(",");
  if (accepted.includes("3") && accepted.includes("4")) return undefined;
  return keepsOut("accept_protocol_versions keeps out clients of MQTT 3.1 or 3.1.1");
}

/** Clients of the machine itself, and of its other interfaces, are kept out. */
function ofInterface(settings: ReadonlyMap<string, Statement>): Obstacle | undefined {
  const device = settings.get("bind_interface");
  if (device === undefined || device.value === "lo") return undefined;
  return keepsOut(
    `it listens on the interface ${device.value} only; write a listener with its address`,
  );
}
