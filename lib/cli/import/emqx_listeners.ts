/**
 * EMQ X's listeners and their zones as Midge's listeners. A listener belongs to a zone, and a zone has access
 * settings of its own; Midge has one set for all. Invariant: a listener is carried over only where it then asks at
 * least as much of its clients as before.
 */
import { setOwnListener } from "./closed_door.ts";
import type { Draft } from "./draft.ts";
import { setLimits } from "./emqx_limits.ts";
import { type EmqxListener, LISTENER_TYPES, obstacleOf } from "./emqx_obstacles.ts";
import type { Settings } from "./emqx_settings.ts";
import { accessOf, NO_ZONE, type Zone } from "./emqx_zone.ts";
import { setTransport, type Surroundings } from "./emqx_transport.ts";
import { readNumber, type Statement } from "./statements.ts";

/** Settings of sockets, which Midge chooses itself. */
const SOCKET_KEYS = [
  "acceptors",
  "active_n",
  "backlog",
  "buffer",
  "high_watermark",
  "nodelay",
  "proxy_protocol_timeout",
  "recbuf",
  "reuseaddr",
  "send_timeout",
  "send_timeout_close",
  "sndbuf",
  "tune_buffer",
];

/** What came of the listeners. */
export interface EmqxDoors {
  /** The zone whose settings hold for all that are carried over. */
  readonly zone: Zone;
  /** None is left, or only one that stands for addresses that were kept out; no one may come in by it. */
  readonly isShut: boolean;
}

/** Writes `listeners`. */
export async function setEmqxListeners(
  settings: Settings,
  { library, confs, draft }: Surroundings,
): Promise<EmqxDoors> {
  const all = LISTENER_TYPES.flatMap((type) => listenersOf(type, settings));
  const obstacles = new Map(all.map((one) => [one, obstacleOf(one, settings)]));
  const free = all.filter((one) => obstacles.get(one) === undefined);
  const zone = (free[0] ?? all[0])?.zone ?? NO_ZONE;
  const alike = free.filter((one) => accessOf(settings, one.zone) === accessOf(settings, zone));
  const open = alike.filter((one) => !keepsOutOwnAddress(one, settings));
  const carried = open.length > 0 ? open : alike;
  for (const one of all.filter((listener) => !carried.includes(listener))) {
    const why = obstacles.get(one)?.why ??
      (alike.includes(one)
        ? ADDRESSES
        : `${zoneText(one.zone)} other access settings than ${zone.name}`);
    leaveOut(one, `${why}; left out`, settings, draft);
  }
  for (const listener of carried) {
    const name = setListener(listener, settings, draft);
    setLimits(name, listener, settings, draft);
    await setTransport(name, listener, settings, { library, confs, draft });
  }
  if (carried.length === 0) setOwnListener(draft);
  const keepsOut = [...obstacles.values()].some((obstacle) => obstacle?.keepsOut);
  const isShut = carried.length === 0 ? keepsOut : open.length === 0;
  return { zone, isShut };
}

const ADDRESSES = "it keeps out all but some addresses";

function zoneText({ name, isNamed }: Zone): string {
  return isNamed ? `its zone, ${name}, has` : "it has no zone, and";
}

function listenersOf(type: string, settings: Settings): EmqxListener[] {
  const keys = settings.keys(`listener.${type}.`).filter((key) => key.split(".").length === 3);
  return keys.map((prefix) => {
    const zone = settings.take(`${prefix}.zone`)?.value;
    const name = prefix.split(".")[2]!;
    return {
      type,
      name,
      zone: zone === undefined ? NO_ZONE : { name: zone, isNamed: true },
      prefix,
    };
  });
}

/** One note for a listener; all its keys count as read. */
function leaveOut({ prefix }: EmqxListener, why: string, settings: Settings, draft: Draft): void {
  draft.skip(prefix, settings.take(prefix)?.place, why);
  settings.takeAll(`${prefix}.`);
}

/** Rules about addresses that say more than that all may connect. */
function limitsOf({ prefix }: EmqxListener, settings: Settings): Statement[] {
  return settings.takeAll(`${prefix}.access.`).filter(({ value }) => value !== "allow all");
}

/** Midge would listen on the machine's own address, and its own clients were kept out as well. */
function keepsOutOwnAddress(listener: EmqxListener, settings: Settings): boolean {
  return limitsOf(listener, settings).some(({ value }) => /^deny\s+(?:all|127\.|0\.)/.test(value));
}

/** Every type has names of its own; `default` would be inherited from. */
function nameOf({ type, name }: EmqxListener): string {
  return type === "tcp" && name !== "default" ? name : `${name}_${type}`;
}

/** Writes address and limits. The result is the listener's name. */
function setListener(listener: EmqxListener, settings: Settings, draft: Draft): string {
  const { prefix } = listener;
  const name = nameOf(listener);
  const bind = settings.take(prefix)!;
  if (listener.type.startsWith("ws")) draft.set(["listeners", name, "type"], "ws");
  const [limit] = limitsOf(listener, settings);
  const port = /(\d+)$/.exec(bind.value)?.[1] ?? "1883";
  const address = limit === undefined ? bindText(bind.value) : `127.0.0.1:${port}`;
  draft.set(["listeners", name, "bind"], address, bind.place);
  if (limit !== undefined) {
    const why = "who may connect is not told by address; Midge listens on 127.0.0.1 until you " +
      "write another bind";
    draft.skip(limit.key, limit.place, why);
  }
  const count = settings.take(`${prefix}.max_connections`);
  if (count !== undefined) {
    draft.set(["listeners", name, "max_connections"], readNumber(count), count.place);
  }
  for (const key of SOCKET_KEYS) settings.take(`${prefix}.${key}`);
  return name;
}

/** A port alone means all addresses. */
function bindText(value: string): string {
  if (/^\d+$/.test(value)) return `0.0.0.0:${value}`;
  const [, host, port] = /^(.*):(\d+)$/.exec(value) ?? [];
  return host?.includes(":") && !host.startsWith("[") ? `[${host}]:${port}` : value;
}
