/**
 * mosquitto's listeners as Midge's. Invariant: a listener never becomes more open: what restricts it and
 * cannot be carried over leaves it out, or leaves it on the machine's own address.
 */
import type { Draft, Place } from "./draft.ts";
import { type ListenerPart, type MosquittoConf, TLS } from "./mosquitto_conf.ts";
import { readFlag, readNumber, type Statement } from "./statements.ts";

const ALL_ADDRESSES = "0.0.0.0";
const OWN_ADDRESS = "127.0.0.1";

/** Keys of a listener that say nothing here. */
const WITHOUT_MEANING: Readonly<Record<string, string>> = {
  http_dir: "Midge serves no files",
  max_topic_alias: "of MQTT 5, which Midge does not speak",
};

/** Why a listener cannot be carried over; undefined when it can. */
function obstacle({ port, host, settings }: ListenerPart): string | undefined {
  if (settings.get("protocol")?.value === "websockets") {
    return "Midge has no WebSocket listeners yet";
  }
  const isTls = (one: Statement) => TLS.has(one.key) && one.value !== "false";
  if ([...settings.values()].some(isTls)) return "Midge has no TLS listeners yet";
  if (port === 0) return `a Unix socket (${host ?? "without a path"}); Midge listens on TCP`;
  if (settings.has("mount_point")) return "its mount_point keeps its clients apart from the others";
  return undefined;
}

/** The listeners that Midge can open; the others are noted. */
export function carriedListeners(conf: MosquittoConf, draft: Draft): ListenerPart[] {
  return conf.listeners.filter((listener) => {
    const why = obstacle(listener);
    if (why !== undefined) draft.skip(keyOf(listener), placeOf(listener), `${why}; left out`);
    return why === undefined;
  });
}

/** Writes `listeners`. */
export function setListeners(
  listeners: readonly ListenerPart[],
  conf: MosquittoConf,
  draft: Draft,
): void {
  if (listeners.length === 0) {
    draft.set(
      ["listeners", "default", "bind"],
      `${OWN_ADDRESS}:1883`,
      "none could be carried over",
    );
    draft.differ("listeners", undefined, `none is left; Midge listens on ${OWN_ADDRESS}:1883 only`);
    return;
  }
  const names = new Set<string>();
  for (const listener of listeners) {
    const name = listeners.length === 1 ? "default" : freeName(`mqtt_${listener.port}`, names);
    draft.set(["listeners", name, "bind"], bindOf(listener, conf, draft), placeOf(listener));
    setRest(name, listener, draft);
  }
}

function setRest(name: string, { settings }: ListenerPart, draft: Draft): void {
  for (const statement of settings.values()) {
    const { key, place } = statement;
    if (key === "max_connections") {
      const count = Math.max(0, readNumber(statement, -1));
      draft.set(["listeners", name, key], count, place);
    } else if (key === "max_qos" && statement.value !== "2") {
      draft.skip(key, place, "clients may use every QoS");
    } else if (key === "use_username_as_clientid" && readFlag(statement)) {
      draft.skip(
        key,
        place,
        "client ids stay the clients' own: one can take over another's session",
      );
    } else if (key in WITHOUT_MEANING) draft.skip(key, place, WITHOUT_MEANING[key]!);
  }
}

function bindOf(listener: ListenerPart, conf: MosquittoConf, draft: Draft): string {
  const { host, port, settings } = listener;
  const device = settings.get("bind_interface");
  if (device !== undefined) {
    const here = `Midge listens on ${OWN_ADDRESS} until you write the interface's address`;
    draft.skip(device.key, device.place, device.value === "lo" ? "127.0.0.1 stands for it" : here);
    return `${OWN_ADDRESS}:${port}`;
  }
  if (host !== undefined) return `${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (conf.localOnly) return `${OWN_ADDRESS}:${port}`;
  const domain = settings.get("socket_domain")?.value;
  if (domain === "ipv6") return `[::]:${port}`;
  if (domain === undefined) {
    draft.differ(
      keyOf(listener),
      placeOf(listener),
      `IPv4 only; bind: "[::]:${port}" takes IPv6 and IPv4`,
    );
  }
  return `${ALL_ADDRESSES}:${port}`;
}

function keyOf({ place, port }: ListenerPart): string {
  return place === undefined ? `the listener on port ${port}` : `listener ${port}`;
}

function placeOf({ place, settings }: ListenerPart): Place | undefined {
  return place ?? settings.values().next().value?.place;
}

function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let count = 2; taken.has(free); count++) free = `${name}_${count}`;
  taken.add(free);
  return free;
}
