/**
 * `listeners` -> ListenerConfig[]. Invariant: what a listener leaves out comes
 * from the listener named `default` where there is one, then from the built-in defaults; no two
 * listeners share an address, or take what another needs.
 */
import { LISTENER_KEYS, type ListenerKeys } from "./broker_keys.ts";
import { anything, flag } from "./fields.ts";
import { isMapping } from "./keys.ts";
import { overlapOf, showAddress } from "./overlap.ts";
import type { KeyPath, Problems } from "./problems.ts";
import { defaultsOf, key, readGiven, type Values, valuesOf } from "./table.ts";
import type { ListenerConfig } from "./types.ts";

/** Keys that aMQTT has and a plain TCP listener has no use for. */
const UNUSED_KEYS = ["cafile", "capath", "cadata", "certfile", "keyfile", "reader", "writer"];

const SSL_KEYS = { ssl: key({ type: flag }) };

/** All that a listener may say. */
const KNOWN_KEYS = {
  ...LISTENER_KEYS,
  ...SSL_KEYS,
  ...Object.fromEntries(UNUSED_KEYS.map((name) => [name, key({ type: anything() })])),
};

/** A listener's own keys; what it leaves out is absent. */
type OwnKeys = Partial<Values<ListenerKeys>>;

function readOwnKeys(raw: unknown, path: KeyPath, problems: Problems): OwnKeys {
  const given: Readonly<Record<string, unknown>> = readGiven(KNOWN_KEYS, raw, path, problems);
  if (given.ssl === true) {
    problems.add([...path, "ssl"], "got true, expected false: this version has no TLS");
  }
  for (const key of given.ssl === true ? [] : UNUSED_KEYS) {
    const isGiven = given[key] !== undefined && given[key] !== null;
    if (isGiven) problems.warn([...path, key], "means nothing on a plain TCP listener; not used");
  }
  return given;
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
  const base = { ...defaultsOf(LISTENER_KEYS), ...own.get("default") };
  const found = problems.errors.length;
  const listeners = [...own].map(([name, keys]) => {
    const { bind, ...rest } = valuesOf(LISTENER_KEYS, { ...base, ...keys });
    return { name, ...rest, ...bind };
  });
  if (found === 0) reportSharedAddresses(listeners, problems);
  return listeners;
}
