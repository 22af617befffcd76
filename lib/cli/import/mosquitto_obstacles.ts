/**
 * Why a listener of mosquitto's cannot be carried over. Invariant: what it asks of its clients and Midge cannot ask is
 * a reason; a listener never becomes more open.
 */
import type { Obstacle } from "./closed_door.ts";
import type { ListenerPart, MosquittoConf } from "./mosquitto_conf.ts";
import { TLS } from "./mosquitto_keys.ts";
import { hasTls, isOn, isWebSocket, namingKey } from "./mosquitto_transport.ts";
import { flagOf, wordOf, wordsOf } from "./mosquitto_values.ts";
import type { Statement } from "./statements.ts";

type Settings = ReadonlyMap<string, Statement>;

const FLAGS = new Set([
  "disable_client_cert_date_checks",
  "require_certificate",
  "use_identity_as_username",
  "use_subject_as_username",
]);
/** TLS that tells clients apart, by certificates or keys of theirs. */
const CLIENT_TLS = [
  "psk_hint",
  "require_certificate",
  "use_identity_as_username",
  "use_subject_as_username",
];

/** Undefined when it can. */
export function obstacleOf(listener: ListenerPart, conf: MosquittoConf): Obstacle | undefined {
  const { settings } = listener;
  const prefixes = conf.general.get("clientid_prefixes");
  if (prefixes !== undefined) {
    return keepsOut(
      `clientid_prefixes lets in client ids that begin with "${prefixes.value}" only`,
    );
  }
  return ofSocket(listener) ?? ofProtocol(settings) ?? ofTls(settings) ?? ofClients(settings) ??
    ofInterface(settings);
}

function keepsOut(why: string): Obstacle {
  return { why, keepsOut: true };
}

/** On a Unix socket Midge speaks plain MQTT. */
function ofSocket({ port, settings }: ListenerPart): Obstacle | undefined {
  if (port !== 0) return undefined;
  if (isWebSocket(settings)) return keepsOut("Midge speaks no WebSocket on Unix sockets");
  return says(settings) ? keepsOut("Midge speaks no TLS on Unix sockets") : undefined;
}

function ofProtocol(settings: Settings): Obstacle | undefined {
  const protocol = settings.get("protocol");
  if (isOn(settings, "proxy_protocol_v2_require_tls")) {
    return keepsOut("it keeps out clients that came to the proxy without TLS");
  }
  if (protocol === undefined || wordOf(protocol) === "mqtt" || isWebSocket(settings)) {
    return undefined;
  }
  return keepsOut(`Midge does not speak ${wordOf(protocol)}`);
}

/** Does it say anything of TLS? */
function says(settings: Settings): boolean {
  return [...settings.values()].some((one) =>
    TLS.has(one.key) && (!FLAGS.has(one.key) || flagOf(one))
  );
}

function ofTls(settings: Settings): Obstacle | undefined {
  if (!says(settings)) return undefined;
  if (settings.has("psk_hint")) return keepsOut("Midge has no TLS with pre-shared keys");
  const keepsApart = tellsApart(settings);
  const form = settings.get("tls_keyform");
  if (settings.has("tls_engine") || (form !== undefined && wordOf(form) === "engine")) {
    return { why: "its key is in an OpenSSL engine", keepsOut: keepsApart };
  }
  if (!hasTls(settings)) {
    const why = "it has no certfile or no keyfile, and so no TLS in mosquitto";
    return { why, keepsOut: keepsApart };
  }
  return ofCertificates(settings);
}

/** What is asked of clients' certificates. */
function ofCertificates(settings: Settings): Obstacle | undefined {
  const asked = namingKey(settings);
  if (!isOn(settings, "require_certificate")) {
    if (asked === undefined) return undefined;
    return keepsOut(`without require_certificate ${asked} lets no one in`);
  }
  if (!settings.has("cafile") && !settings.has("capath")) {
    return keepsOut("without cafile and capath no certificate is good enough for it");
  }
  if (asked === undefined || !isWebSocket(settings)) return undefined;
  return keepsOut(
    `with WebSocket mosquitto 2.0 asks for passwords in spite of ${asked}; write cert_as_username if ` +
      "certificates are to be enough",
  );
}

function tellsApart(settings: Settings): boolean {
  const tells = (key: string) => FLAGS.has(key) ? isOn(settings, key) : settings.has(key);
  return CLIENT_TLS.some(tells) || ofClients(settings) !== undefined;
}

function ofClients(settings: Settings): Obstacle | undefined {
  if (settings.has("mount_point")) {
    return keepsOut("its mount_point keeps its clients apart from the others");
  }
  const hasName = hasTls(settings) && namingKey(settings) !== undefined;
  if (isOn(settings, "use_username_as_clientid") && !hasName) {
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
function ofInterface(settings: Settings): Obstacle | undefined {
  const device = settings.get("bind_interface");
  if (device === undefined || device.value === "lo") return undefined;
  return keepsOut(
    `it listens on the interface ${device.value} only; write a listener with its address`,
  );
}
