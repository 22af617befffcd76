/**
 * EMQ X's listeners and their zones as Midge's listeners. A listener belongs to a zone, and a zone has access
 * settings of its own; Midge has one set for all. Invariant: a listener is carried over only where it then
 * asks at least as much of its clients as before.
 */
import type { Draft } from "./draft.ts";
import type { Settings } from "./emqx_settings.ts";
import { readFlag, readNumber, type Statement } from "./statements.ts";

/** What a zone says about access, and what EMQ X takes where it says nothing. */
const ACCESS_KEYS: readonly (readonly [key: string, usual: string])[] = [
  ["allow_anonymous", ""],
  ["acl_nomatch", ""],
  ["acl_deny_action", ""],
  ["enable_acl", "off"],
  ["bypass_auth_plugins", "false"],
  ["mountpoint", ""],
  ["use_username_as_clientid", "false"],
];

/** Settings of sockets, which Midge chooses itself. */
const SOCKET_KEYS = [
  "acceptors",
  "active_n",
  "backlog",
  "buffer",
  "high_watermark",
  "nodelay",
  "recbuf",
  "reuseaddr",
  "send_timeout",
  "send_timeout_close",
  "sndbuf",
  "tune_buffer",
  "proxy_protocol_timeout",
];

const NO_SUCH: Readonly<Record<string, string>> = {
  ssl: "Midge has no TLS listeners yet",
  ws: "Midge has no WebSocket listeners yet",
  wss: "Midge has no WebSocket listeners yet",
};

interface Listener {
  readonly name: string;
  readonly zone: string;
  readonly bind: Statement;
  readonly prefix: string;
}

/** Writes `listeners`. The result is the zone whose settings hold for all of them. */
export function setEmqxListeners(settings: Settings, draft: Draft): string {
  for (const [type, why] of Object.entries(NO_SUCH)) {
    leaveOut(`listener.${type}.`, why, settings, draft);
  }
  const all = tcpListeners(settings);
  const zone = (all.find((one) => !isBypassed(one.zone, settings)) ?? all[0])?.zone ?? "external";
  const carried = all.filter((listener) => {
    const why = obstacle(listener, zone, settings);
    if (why === undefined) return true;
    leaveOut(listener.prefix, why, settings, draft);
    return false;
  });
  for (const listener of carried) setListener(listener, settings, draft);
  if (carried.length === 0) {
    draft.set(["listeners", "default", "bind"], "127.0.0.1:1883", "none could be carried over");
    draft.differ("listeners", undefined, "none is left; Midge listens on 127.0.0.1:1883 only");
  }
  return zone;
}

function tcpListeners(settings: Settings): Listener[] {
  return settings.keys("listener.tcp.").filter((key) => key.split(".").length === 3).map((key) => ({
    name: key.split(".")[2]!,
    bind: settings.take(key)!,
    zone: settings.take(`${key}.zone`)?.value ?? "external",
    prefix: key,
  }));
}

function isBypassed(zone: string, settings: Settings): boolean {
  const statement = settings.peek(`zone.${zone}.bypass_auth_plugins`);
  return statement !== undefined && readFlag(statement);
}

function accessOf(zone: string, settings: Settings): string {
  return JSON.stringify(
    ACCESS_KEYS.map(([key, usual]) => settings.peek(`zone.${zone}.${key}`)?.value ?? usual),
  );
}

function obstacle({ zone }: Listener, chosen: string, settings: Settings): string | undefined {
  if (isBypassed(zone, settings)) return `its zone, ${zone}, asks nobody for a password`;
  if (accessOf(zone, settings) === accessOf(chosen, settings)) return undefined;
  return `its zone, ${zone}, has other access settings than ${chosen}`;
}

/** One note for each listener whose keys begin so; all its keys count as read. */
function leaveOut(prefix: string, why: string, settings: Settings, draft: Draft): void {
  for (const { key, place } of settings.takeAll(prefix)) {
    if (key.split(".").length === 3) draft.skip(key, place, `${why}; left out`);
  }
}

function setListener({ name, bind, prefix }: Listener, settings: Settings, draft: Draft): void {
  const limits = settings.takeAll(`${prefix}.access.`)
    .filter(({ value }) => value.trim() !== "allow all");
  const [limit] = limits;
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
  const proxy = settings.take(`${prefix}.proxy_protocol`);
  if (proxy !== undefined && readFlag(proxy)) {
    draft.skip(proxy.key, proxy.place, "Midge does not speak the PROXY protocol yet");
  }
}

/** A port alone means all addresses. */
function bindText(value: string): string {
  if (/^\d+$/.test(value)) return `0.0.0.0:${value}`;
  const [, host, port] = /^(.*):(\d+)$/.exec(value) ?? [];
  return host?.includes(":") && !host.startsWith("[") ? `[${host}]:${port}` : value;
}
