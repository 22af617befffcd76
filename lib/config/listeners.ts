/**
 * `listeners` -> ListenerConfig[]. Invariant: what a listener leaves out comes
 * from the listener named `default` where there is one, then from the built-in defaults; no two
 * listeners share an address, or take what another needs.
 */
import type { BindAddress } from "./bind.ts";
import { readBind } from "./bind.ts";
import { isMapping } from "./keys.ts";
import { LISTENER_KEYS, type ListenerKeys } from "./listener_keys.ts";
import { reportAcme } from "./listener_acme.ts";
import { readListenerLimits } from "./listener_limits.ts";
import { readCertificateNames, readTls } from "./listener_tls.ts";
import { overlapOf, showAddress } from "./overlap.ts";
import { resolve } from "./paths.ts";
import { type KeyPath, type Problems, show } from "./problems.ts";
import { defaultsOf, readGiven, type Values } from "./table.ts";
import type { ListenerConfig } from "./types.ts";

/** All keys of a listener. */
type All = Values<ListenerKeys>;
/** A listener's own keys; what it leaves out is absent. */
type OwnKeys = Partial<All>;
type Transport = ListenerConfig["transport"];

/** Where the address has no port: aMQTT's, with and without TLS. */
const DEFAULT_PORTS = { tcp: 1883, ws: 8883 } as const;

/** Keys that only some listeners have a use for, by what they are for. */
const KEYS_FOR: readonly [
  what: string,
  isFor: (transport: Transport, all: All) => boolean,
  keys: (keyof All)[],
][] = [
  ["a listener of type ws", (one) => one === "ws" || one === "wss", [
    "path",
    "origins",
    "pingInterval",
  ]],
  ["a listener of type unix", (one) => one === "unix", ["mode", "group"]],
  ["a listener with ssl: true", (one) => one === "tls" || one === "wss", [
    "certfile",
    "keyfile",
    "keyPassphrase",
    "acme",
    "certificates",
    "cafile",
    "capath",
    "cadata",
    "crlfile",
    "verifyClient",
    "minVersion",
    "alpn",
    "ciphers",
  ]],
  [
    "a listener with addresses, which a socket file's clients do not have",
    (one) => one !== "unix",
    [
      "trustedProxies",
    ],
  ],
  [
    "a listener with ssl: true or proxy_protocol: true",
    (one, { proxyProtocol }) => one === "tls" || one === "wss" || proxyProtocol,
    ["certAsUsername", "certAsClientid"],
  ],
  ["nothing here", () => false, ["reader", "writer"]],
];

/** One listener while it is read. */
interface Reading {
  readonly name: string;
  /** What it says itself. */
  readonly own: OwnKeys;
  /** With what it inherits. */
  readonly all: All;
  readonly transport: Transport;
  readonly path: KeyPath;
  readonly directory: string;
  /** The folder for what the broker writes. */
  readonly dataDir: string;
}

function transportOf({ type, ssl }: All): Transport {
  if (type === "unix") return "unix";
  if (type === "ws") return ssl ? "wss" : "ws";
  return ssl ? "tls" : "tcp";
}

function warnOfUnused({ own, all, transport, path }: Reading, problems: Problems): void {
  for (const [what, isFor, keys] of KEYS_FOR) {
    if (isFor(transport, all)) continue;
    for (const key of keys.filter((key) => own[key] !== undefined && own[key] !== null)) {
      problems.warn(
        [...path, key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)],
        `is for ${what}; not used`,
      );
    }
  }
}

function readAddress({ all, path, directory }: Reading, problems: Problems) {
  const { bind, mode, group } = all;
  if (all.type !== "unix") {
    const address = readBind(bind, DEFAULT_PORTS[all.type]);
    if (typeof address !== "string") return { ...address, socketFile: undefined };
    problems.add([...path, "bind"], `got ${show(bind)}, ${address}`);
  } else if (typeof bind !== "string" || !/\//.test(bind)) {
    problems.addValue(
      [...path, "bind"],
      bind,
      "the path of a socket, such as /run/midge/mqtt.sock or ./mqtt.sock",
    );
  }
  const socketFile = { path: resolve(directory, String(bind)), mode, group };
  return { hostname: "", port: 0, socketFile };
}

function readListener(reading: Reading, problems: Problems): ListenerConfig {
  const { name, all, transport, path } = reading;
  const { proxyProtocol, trustedProxies = [], maxConnections, origins, pingInterval } = all;
  warnOfUnused(reading, problems);
  if (all.type === "unix" && reading.own.ssl === true) {
    problems.add([...path, "ssl"], "got true, expected false: a socket file needs no TLS");
  }
  if (proxyProtocol && transport !== "unix" && trustedProxies.length === 0) {
    problems.add(
      [...path, "trusted_proxies"],
      "expected the addresses of the proxies: proxy_protocol is on, and a header from anywhere could be a lie",
    );
  }
  if (all.path !== undefined && !all.path.startsWith("/")) {
    problems.addValue([...path, "path"], all.path, 'a path that begins with "/"');
  }
  const isTls = transport === "tls" || transport === "wss";
  const certificateNames = readCertificateNames(all, isTls, path, problems);
  const isWebSocket = transport === "ws" || transport === "wss";
  return {
    name,
    transport,
    ...readAddress(reading, problems),
    maxConnections,
    limits: readListenerLimits(all, reading.own, path, problems),
    tls: isTls ? readTls(all, reading, problems) : undefined,
    ...(certificateNames && { certificateNames }),
    webSocket: isWebSocket ? { path: all.path, origins, pingInterval } : undefined,
    proxyProtocol,
    trustedProxies,
  };
}

function reportSharedAddresses(listeners: readonly ListenerConfig[], problems: Problems): void {
  listeners.forEach((listener, index) => {
    const problem = listeners.slice(0, index).map((owner) => sharing(listener, owner))
      .find((one) => one !== undefined);
    if (problem !== undefined) problems.add(["listeners", listener.name, "bind"], problem);
  });
}

/** The sentence about two listeners that cannot be open together; undefined when they can. */
function sharing(listener: ListenerConfig, owner: ListenerConfig): string | undefined {
  if (listener.socketFile !== undefined || owner.socketFile !== undefined) {
    return listener.socketFile?.path === owner.socketFile?.path
      ? `${owner.socketFile?.path} belongs to listener ${owner.name} too`
      : undefined;
  }
  return sharingAddress(listener, owner);
}

function sharingAddress(
  listener: ListenerConfig & BindAddress,
  owner: ListenerConfig & BindAddress,
): string | undefined {
  const overlap = overlapOf(owner, listener) ?? overlapOf(listener, owner);
  if (overlap === undefined) return undefined;
  const address = `${listener.hostname}:${listener.port}`;
  if (overlap === "the same") return `${address} belongs to listener ${owner.name} too`;
  // Other systems open both; Linux does not.
  if (Deno.build.os !== "linux") return undefined;
  const wide = overlapOf(owner, listener) === undefined ? listener : owner;
  const pair = `${showAddress(listener)} and ${showAddress(owner)} of listener ${owner.name}`;
  return `${pair} cannot be open together, for ${showAddress(wide)} takes ${overlap}; expected ` +
    "one of the two";
}

/**
 * Reads a listener of a plugin's HTTP, by the same keys; nothing is inherited.
 * @param path where it stands, in the lines of problems
 */
export function readHttpListener(
  path: KeyPath,
  raw: Readonly<Record<string, unknown>>,
  folders: { readonly directory: string; readonly dataDir: string },
  problems: Problems,
): ListenerConfig {
  const own = readGiven(LISTENER_KEYS, raw, path, problems);
  const all = { ...defaultsOf(LISTENER_KEYS), ...own };
  const name = String(path.at(-1));
  const reading = { name, own, all, transport: transportOf(all), path, ...folders };
  return { ...readListener(reading, problems), isHttp: true };
}

/**
 * Reads all listeners; absent or null: one, `default`, on tcp 0.0.0.0:1883.
 * @param folders relative paths start in `directory`; the broker writes in `dataDir`
 */
export function readListeners(
  raw: unknown,
  folders: { readonly directory: string; readonly dataDir: string },
  problems: Problems,
): ListenerConfig[] {
  const given = raw ?? { default: null };
  if (!isMapping(given) || Object.keys(given).length === 0) {
    problems.addValue(["listeners"], raw, "a mapping from listener names to listeners");
    return [];
  }
  const own = new Map(
    Object.entries(given).map(([name, listener]) =>
      [name, readGiven(LISTENER_KEYS, listener, ["listeners", name], problems)] as const
    ),
  );
  const base = { ...defaultsOf(LISTENER_KEYS), ...own.get("default") };
  const found = problems.errors.length;
  const listeners = [...own].map(([name, keys]) => {
    const all = { ...base, ...keys };
    const path = ["listeners", name];
    return readListener(
      { name, own: keys, all, transport: transportOf(all), path, ...folders },
      problems,
    );
  });
  if (found === problems.errors.length) {
    reportSharedAddresses(listeners, problems);
    reportAcme(listeners, problems);
  }
  return listeners;
}
