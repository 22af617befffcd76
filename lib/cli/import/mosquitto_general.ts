/**
 * What mosquitto.conf says of the broker as a whole: limits, sessions, logging, and all that Midge does not have.
 * Invariant: every key of the file ends as a key of Midge's or as a note.
 */
import type { Draft } from "./draft.ts";
import type { MosquittoConf } from "./mosquitto_conf.ts";
import { isPartKey, usualKey } from "./mosquitto_keys.ts";
import { countOf, flagOf, numberOf, wordOf } from "./mosquitto_values.ts";
import { badValue, type Statement } from "./statements.ts";

const DEFAULT = "mosquitto's default";
const MAX_INFLIGHT = 65_535;
const LEAST_PACKET = 20;
/** Fixed header, topic and packet id around a payload, at most. */
const AROUND_PAYLOAD = 5 + 2 + 65_535 + 2;

const SAVED_AT_ONCE = "what is acknowledged is on the disk before";
const MOVED = "Midge has a store of its own; midge store import takes over what mosquitto.db has";

const DAYS: Readonly<Record<string, number>> = { d: 1, w: 7, m: 30, y: 365 };

/** Least important first. */
const LEVELS = ["debug", "info", "warning", "error"] as const;
const LEVEL_OF: Readonly<Record<string, (typeof LEVELS)[number]>> = {
  all: "debug",
  debug: "debug",
  subscribe: "debug",
  unsubscribe: "debug",
  internal: "debug",
  websockets: "debug",
  information: "info",
  notice: "info",
  warning: "warning",
  error: "error",
  none: "error",
};

/** Read elsewhere, or without an effect on what a broker does. */
const DONE = new Set([
  "acl_file",
  "allow_anonymous",
  "clientid_prefixes",
  "connection_messages",
  "global_max_connections",
  "max_inflight_messages",
  "max_packet_size",
  "max_queued_bytes",
  "max_queued_messages",
  "message_size_limit",
  "password_file",
  "per_listener_settings",
  "persistence",
  "persistent_client_expiration",
  "sys_interval",
]);

/** Switches: what Midge does too, and what is different where they say something else. */
const SWITCHES: Readonly<Record<string, readonly [usual: boolean, why: string]>> = {
  allow_duplicate_messages: [false, "with overlapping subscriptions Midge delivers once"],
  allow_zero_length_clientid: [true, "clients without an id get one made up for them"],
  auth_plugin_deny_special_chars: [true, "mosquitto's plugins do not run here"],
  autosave_on_changes: [false, SAVED_AT_ONCE],
  check_retain_source: [false, "retained messages stay when their publisher loses the right"],
  queue_qos0_messages: [false, "QoS 0 is not kept for clients that are away"],
  retain_available: [true, "messages are retained"],
  set_tcp_nodelay: [true, ""],
  upgrade_outgoing_qos: [false, "QoS is never raised, as MQTT demands"],
};

/** Everything else: why it is not carried over. */
const WITHOUT_MEANING: Readonly<Record<string, string>> = {
  auto_id_prefix: "made-up client ids have no prefix of yours",
  autosave_interval: SAVED_AT_ONCE,
  enable_control_api: "midge ctl is asked by other means",
  global_max_clients: "sessions of clients that are away are not counted",
  log_facility: "the log goes to stderr",
  log_timestamp: "every line has its time",
  log_timestamp_format: "times are written as RFC 3339 says",
  max_inflight_bytes: "max_inflight counts messages",
  max_keepalive: "clients may have a longer keep-alive, or none",
  memory_limit: "max_total_write_backlog and the limits of queues bound the memory",
  persistence_file: MOVED,
  persistence_location: MOVED,
  pid_file: "whoever runs the service knows its process",
  psk_file: "Midge has no TLS with pre-shared keys",
  retry_interval: "messages are sent again on reconnect, as MQTT demands",
  user: "whoever runs the service chooses its user",
  websockets_headers_size: "the head of a WebSocket handshake has a limit of its own",
  websockets_log_level: "log.level is for WebSocket too",
};

/** Is this a key of mosquitto.conf at all? */
export function isMosquittoKey(name: string): boolean {
  const key = usualKey(name);
  return isPartKey(key) || DONE.has(key) || Object.hasOwn(SWITCHES, key) ||
    Object.hasOwn(WITHOUT_MEANING, key);
}

/** Writes limits and log, and notes the rest. @throws UserError for values that mosquitto would refuse */
export function setGeneral(conf: MosquittoConf, draft: Draft): void {
  setSizes(conf.general, draft);
  setExpiry(conf.general.get("persistent_client_expiration"), draft);
  setStorage(conf.general.get("persistence"), draft);
  setLog(conf.repeated, draft);
  for (const statement of conf.general.values()) noteRest(statement, draft);
  for (const { key, value, place } of conf.bridges) {
    draft.skip(`${key} ${value}`, place, "Midge has no bridges yet");
  }
  for (const statement of conf.repeated) {
    if (/_opt_/.test(statement.key)) noteRest(statement, draft);
  }
}

/** Without `persistence` mosquitto has everything in memory, and so has Midge without `storage`. */
function setStorage(persistence: Statement | undefined, draft: Draft): void {
  if (persistence === undefined || !flagOf(persistence)) return;
  draft.set(["storage", "durability"], "full", persistence.place);
}

function setSizes(general: ReadonlyMap<string, Statement>, draft: Draft): void {
  const inflight = general.get("max_inflight_messages");
  if (inflight !== undefined) {
    const count = countOf(inflight, MAX_INFLIGHT);
    draft.set(["max_inflight"], count === MAX_INFLIGHT ? 0 : count, inflight.place);
  }
  const messages = general.get("max_queued_messages");
  if (messages !== undefined) {
    draft.set(["max_queued_messages"], countOf(messages), messages.place);
  }
  const bytes = general.get("max_queued_bytes");
  draft.set(["max_queued_bytes"], bytes ? countOf(bytes) : 0, bytes?.place ?? DEFAULT);
  setPacketSize(general, draft);
  const connections = general.get("global_max_connections");
  if (connections !== undefined) {
    draft.set(["max_connections"], countOf(connections), connections.place);
  }
}

/** The smaller of mosquitto's two limits, of packets and of payloads. */
function setPacketSize(general: ReadonlyMap<string, Statement>, draft: Draft): void {
  const packet = general.get("max_packet_size");
  const payload = general.get("message_size_limit");
  const sizes: [number, Statement][] = [];
  if (packet !== undefined) sizes.push([numberOf(packet, LEAST_PACKET), packet]);
  if (payload !== undefined && numberOf(payload) !== 0) {
    sizes.push([numberOf(payload) + AROUND_PAYLOAD, payload]);
    const what = "a larger packet closes the connection (mosquitto drops the message); " +
      "packets are measured whole, so the longest topic is added";
    draft.differ(payload.key, payload.place, what);
  }
  const [size, source] = sizes.filter(([bytes]) => bytes > 0).sort(([a], [b]) => a - b)[0] ?? [0];
  draft.set(["max_packet_size"], size, source?.place ?? DEFAULT);
}

/** `14d`, `2m` (months!), `1y`, ...; without it mosquitto keeps sessions for ever. */
function setExpiry(statement: Statement | undefined, draft: Draft): void {
  if (statement === undefined) return draft.set(["session_expiry_interval"], 0, DEFAULT);
  const [, count, unit = ""] = /^(\d+)([hdwmy])$/.exec(wordOf(statement)) ?? [];
  if (count === undefined || Number(count) === 0) {
    throw badValue(statement, "a number followed by h, d, w, m or y");
  }
  const text = unit === "h" ? `${count}h` : `${Number(count) * DAYS[unit]!}d`;
  draft.set(["session_expiry_interval"], text, statement.place);
}

function setLog(repeated: readonly Statement[], draft: Draft): void {
  const types = repeated.filter(({ key }) => key === "log_type");
  const levels = types.map((statement) => {
    const level = Object.hasOwn(LEVEL_OF, wordOf(statement))
      ? LEVEL_OF[wordOf(statement)]
      : undefined;
    if (level === undefined) throw badValue(statement, "one of mosquitto's log types");
    return level;
  });
  const level = LEVELS.find((one) => levels.includes(one));
  if (level !== undefined && level !== "info") draft.set(["log", "level"], level, types[0]!.place);
  for (const { key, value, place } of repeated) {
    if (key === "log_dest" && value.split(" ", 1)[0] !== "stderr") {
      draft.skip(`${key} ${value}`, place, "the log goes to stderr; redirect it");
    }
  }
}

/** Notes what is not carried over of a key that is in no section, or of each listener. */
export function noteRest(statement: Statement, draft: Draft): void {
  const { key, place } = statement;
  if (DONE.has(key)) return;
  if (/_opt_/.test(key)) return draft.skip(key, place, "mosquitto's plugins do not run here");
  if (!Object.hasOwn(SWITCHES, key)) {
    return draft.skip(key, place, WITHOUT_MEANING[key]!);
  }
  const [usual, why] = SWITCHES[key]!;
  if (flagOf(statement) !== usual && why !== "") draft.skip(key, place, why);
}
