/**
 * What emqx.conf says of the broker as a whole: access, limits, sessions, log, and all that Midge does not have.
 * Invariant: every key ends as a key of Midge's or in a note; keys of one kind share a note.
 */
import type { Draft, Plain } from "./draft.ts";
import { setFlapping } from "./emqx_limits.ts";
import { durationText, readBytes, readSeconds, type Settings } from "./emqx_settings.ts";
import { accessFirst, type Zone, zoneFirst } from "./emqx_zone.ts";
import { badValue, readFlag, readNumber, type Statement } from "./statements.ts";

const LOG_LEVELS: Readonly<Record<string, string>> = {
  all: "debug",
  debug: "debug",
  info: "info",
  notice: "info",
  warning: "warning",
  error: "error",
  critical: "error",
  alert: "error",
  emergency: "error",
};

/** EMQ X's key -> Midge's, and how the value is read. The zone's key of the same name wins. */
const LIMITS: readonly (readonly [keys: string[], to: string, read: (one: Statement) => Plain])[] =
  [
    [["max_packet_size"], "max_packet_size", readBytes],
    [["max_topic_levels"], "max_topic_levels", (one) => readNumber(one)],
    [["max_inflight"], "max_inflight", (one) => readNumber(one)],
    [["max_mqueue_len"], "max_queued_messages", (one) => readNumber(one)],
    [["idle_timeout"], "connect_timeout", (one) => durationText(readSeconds(one))],
  ];

/** Settings of a zone or of mqtt.*: what EMQ X does by itself, and what is different here. */
const SWITCHES: Readonly<Record<string, readonly [usual: string, why: string]>> = {
  exclusive_subscription: ["false", "Midge has no exclusive subscriptions"],
  ignore_loop_deliver: ["false", "publishers get their own messages where they subscribe to them"],
  keepalive_backoff: ["0.75", "a silent client is closed after one and a half keep-alives"],
  max_awaiting_rel: ["", "QoS 2 messages under way from a client are bounded by packet ids"],
  max_clientid_len: ["65535", "client ids may be as long as MQTT allows"],
  max_qos_allowed: ["2", "clients may use every QoS"],
  max_subscriptions: ["0", "subscriptions are not counted"],
  mountpoint: ["", "topics are the clients' own; EMQ X put this in front of them"],
  mqueue_priorities: ["none", "messages leave in the order in which they came"],
  mqueue_store_qos0: ["false", "QoS 0 is not kept for clients that are away"],
  retain_available: ["true", "messages are retained"],
  shared_subscription: ["true", "shared subscriptions are always possible"],
  strict_mode: ["false", "packets are always checked strictly"],
  upgrade_qos: ["off", "QoS is never raised, as MQTT demands"],
  use_username_as_clientid: ["false", "client ids stay the clients' own"],
  wildcard_subscription: ["true", "subscriptions may have wildcards; deny # and +/# by a rule"],
};

/** Up to this many settings of one kind are named one by one. */
const NAMED_SETTINGS = 12;

/** Prefixes of keys that Midge has nothing for; the first that fits counts. */
const GROUPS: readonly (readonly [prefix: RegExp, name: string, why: string])[] = [
  [/^(cluster|rpc)\./, "cluster.*, rpc.*", "Midge is one process"],
  [/^(node|sysmon|vm_mon|os_mon|alarm)\./, "node.*, *_mon.*, alarm.*", "there is no Erlang VM"],
  [/^log\./, "log.*", "the log goes to stderr; redirect it"],
  [/^modules?\./, "module.*", "Midge has no such modules"],
  [/^(broker|mqtt|zone)\./, "broker.*, mqtt.*, zone.*", "Midge has no such setting"],
  [/^listener\./, "listener.*", "Midge has no such limits or options of a listener"],
];

/** Writes everything but listeners and plugins. */
export function setEmqxGeneral(
  settings: Settings,
  zone: Zone,
  hasAcl: boolean,
  draft: Draft,
): void {
  setNomatch(accessFirst(settings, zone, "acl_nomatch"), hasAcl, draft);
  setAccess(settings, zone, draft);
  for (const [keys, to, read] of LIMITS) {
    const statement = zoneFirst(settings, zone, keys[0]!);
    if (statement !== undefined) draft.set([to], read(statement), statement.place);
  }
  setExpiry(zoneFirst(settings, zone, "session_expiry_interval"), draft);
  setLog(settings, draft);
  for (const key of Object.keys(SWITCHES)) {
    const statement = zoneFirst(settings, zone, key);
    const [usual, why] = SWITCHES[key]!;
    if (statement !== undefined && !sameValue(statement.value, usual)) {
      draft.skip(statement.key, statement.place, why);
    }
  }
}

/** Notes what is left, keys of one kind together. */
export function noteRest(settings: Settings, zone: Zone, draft: Draft): void {
  for (const name of new Set(settings.rest.filter(isOfZone).map(({ key }) => key.split(".")[1]!))) {
    if (name === zone.name) continue;
    const [first] = settings.takeAll(`zone.${name}.`);
    draft.skip(`zone.${name}.*`, first?.place, `all listeners have the settings of ${zone.name}`);
  }
  const rest = settings.rest;
  for (const [prefix, name, why] of GROUPS) {
    const keys = rest.filter(({ key }) => prefix.test(key));
    const [first] = keys;
    if (first === undefined) continue;
    const all = keys.map(({ key }) => key).join(", ");
    const list = keys.length <= NAMED_SETTINGS ? all : `${name} (${keys.length} settings)`;
    draft.skip(list, first.place, why);
  }
  for (const { key, place } of rest) {
    if (!GROUPS.some(([prefix]) => prefix.test(key))) draft.skip(key, place, "unknown key");
  }
}

function isOfZone({ key }: Statement): boolean {
  return key.startsWith("zone.");
}

function sameValue(value: string, usual: string): boolean {
  const plain = (text: string) => text.replace(/^on$/, "true").replace(/^off$/, "false");
  return plain(value) === plain(usual);
}

/** Where the zone checks no rights, there is no source that could answer. */
function setNomatch(statement: Statement | undefined, hasAcl: boolean, draft: Draft): void {
  if (!hasAcl) return draft.set(["acl_nomatch"], "allow", "rights are not checked");
  draft.set(["acl_nomatch"], statement?.value ?? "deny", statement?.place ?? "EMQ X's default");
}

function setAccess(settings: Settings, zone: Zone, draft: Draft): void {
  const action = accessFirst(settings, zone, "acl_deny_action");
  if (action !== undefined) draft.set(["acl_deny_action"], action.value, action.place);
  const enable = settings.take("enable_acl_cache");
  if (enable !== undefined) draft.set(["acl_cache", "enable"], readFlag(enable), enable.place);
  const size = settings.take("acl_cache_max_size");
  if (size !== undefined) draft.set(["acl_cache", "max_size"], readNumber(size), size.place);
  const ttl = settings.take("acl_cache_ttl");
  if (ttl !== undefined) draft.set(["acl_cache", "ttl"], durationText(readSeconds(ttl)), ttl.place);
  setFlapping(settings.take(`zone.${zone.name}.enable_flapping_detect`), settings, draft);
}

/** EMQ X: 0 ends a session with its connection, and the default is two hours. */
function setExpiry(statement: Statement | undefined, draft: Draft): void {
  const seconds = statement === undefined ? 7200 : readSeconds(statement);
  const origin = statement?.place ?? "EMQ X's default";
  draft.set(["session_expiry_interval"], seconds === 0 ? 1 : durationText(seconds), origin);
}

function setLog(settings: Settings, draft: Draft): void {
  const statement = settings.take("log.level");
  const level = statement === undefined ? "warning" : LOG_LEVELS[statement.value];
  if (level === undefined) throw badValue(statement!, "one of EMQ X's log levels");
  draft.set(["log", "level"], level, statement?.place ?? "EMQ X's default");
}
