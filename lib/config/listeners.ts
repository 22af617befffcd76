/**
 * `listeners` -> ListenerConfig[]. Called by normalize.ts. Invariant: what a listener leaves out comes
 * from the listener named `default` where there is one, then from the built-in defaults; no two
 * listeners share an address.
 */
import * as v from "valibot";
import { DEFAULT_HOSTNAME, DEFAULT_PORT, readBind } from "./bind.ts";
import { field, flag, readSection } from "./fields.ts";
import { isMapping } from "./keys.ts";
import { type KeyPath, type Problems, show } from "./problems.ts";
import type { ListenerConfig } from "./types.ts";
import { noneAsInfinity, readCount } from "./units.ts";

/** aMQTT writes -1 for no limit too. */
const connectionLimit = field(
  (value) => noneAsInfinity(value === -1 ? 0 : readCount(value)),
  "a whole number, or 0 for no limit",
);

/** The only type so far. */
const listenerType = field(
  (value) => value === "tcp" ? value : undefined,
  "tcp, the one type this version listens on",
);

/** Keys that aMQTT has and a plain TCP listener has no use for. */
const UNUSED_KEYS = ["cafile", "capath", "cadata", "certfile", "keyfile", "reader", "writer"];

const LISTENER = v.object({
  type: v.nullish(listenerType),
  bind: v.optional(v.unknown()),
  max_connections: v.nullish(connectionLimit),
  ssl: v.nullish(flag),
  ...Object.fromEntries(UNUSED_KEYS.map((key) => [key, v.optional(v.unknown())])),
});

/** A listener's own keys; what it leaves out is absent. */
type OwnKeys = Partial<Omit<ListenerConfig, "name">>;

function ownAddress(bind: unknown, path: KeyPath, problems: Problems): OwnKeys {
  if (bind === undefined || bind === null) return {};
  const address = readBind(bind);
  if (typeof address !== "string") return address;
  problems.add([...path, "bind"], `got ${show(bind)}, ${address}`);
  return {};
}

function readOwnKeys(raw: unknown, path: KeyPath, problems: Problems): OwnKeys {
  const listener: Record<string, unknown> & v.InferOutput<typeof LISTENER> = readSection(
    LISTENER,
    raw,
    path,
    problems,
  );
  if (listener.ssl) {
    problems.add([...path, "ssl"], "got true, expected false: this version has no TLS");
  }
  for (const key of listener.ssl ? [] : UNUSED_KEYS) {
    const given = listener[key] !== undefined && listener[key] !== null;
    if (given) problems.warn([...path, key], "means nothing on a plain TCP listener; not used");
  }
  const own = ownAddress(listener.bind, path, problems);
  if (typeof listener.max_connections === "number") own.maxConnections = listener.max_connections;
  return own;
}

function reportSharedAddresses(listeners: readonly ListenerConfig[], problems: Problems): void {
  const owners = new Map<string, string>();
  for (const { name, hostname, port } of listeners) {
    if (port === 0) continue;
    const address = `${hostname}:${port}`;
    const owner = owners.get(address);
    if (owner === undefined) owners.set(address, name);
    else problems.add(["listeners", name, "bind"], `${address} belongs to listener ${owner} too`);
  }
}

/** Reads all listeners; absent or null: one, `default`, on tcp 0.0.0.0:1883. */
export function readListeners(raw: unknown, problems: Problems): ListenerConfig[] {
  const given = raw ?? { default: null };
  if (!isMapping(given) || Object.keys(given).length === 0) {
    problems.addValue(["listeners"], raw, "a mapping from listener names to listeners");
    return [];
  }
  const own = new Map(
    Object.entries(given).map(([name, listener]) =>
      [name, readOwnKeys(listener, ["listeners", name], problems)] as const
    ),
  );
  const base: Omit<ListenerConfig, "name"> = {
    type: "tcp",
    hostname: DEFAULT_HOSTNAME,
    port: DEFAULT_PORT,
    maxConnections: Infinity,
    ...own.get("default"),
  };
  const found = problems.errors.length;
  const listeners = [...own].map(([name, keys]) => ({ name, ...base, ...keys }));
  if (found === 0) reportSharedAddresses(listeners, problems);
  return listeners;
}
