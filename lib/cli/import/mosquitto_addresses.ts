/**
 * Addresses of mosquitto's listeners as `bind`. mosquitto opens one socket for IPv4 and one for IPv6; an IPv6 socket of
 * all addresses takes IPv4 too in Deno, and no other of its port can stand beside it. Invariant: no address is opened
 * that mosquitto did not open, but those of IPv4 beside `[::]`, which is told.
 */
import type { Draft, Place } from "./draft.ts";
import type { ListenerPart, MosquittoConf } from "./mosquitto_conf.ts";
import { opensListener } from "./mosquitto_first.ts";
import { sameTransport } from "./mosquitto_transport.ts";
import { wordOf } from "./mosquitto_values.ts";
import { badValue } from "./statements.ts";

const ALL_ADDRESSES = "0.0.0.0";
const OWN_ADDRESS = "127.0.0.1";

/** One address, and the listeners that it stands for: one, or a pair of IPv4 and IPv6. */
export interface Address {
  readonly bind: string;
  readonly listeners: readonly ListenerPart[];
}

/** What is to be opened, in order. */
export function addressesOf(
  listeners: readonly ListenerPart[],
  conf: MosquittoConf,
  draft: Draft,
): Address[] {
  const addresses: Address[] = [];
  for (const listener of listeners) {
    const hosts = listeners.filter(({ port }) => port === listener.port).map(hostOf);
    const isSixth = isAllOfIpv6(hostOf(listener));
    const isFourth = (one: ListenerPart) => hostOf(one) === ALL_ADDRESSES;
    if (isSixth && listeners.some((one) => isFourth(one) && isTwin(one, listener))) continue;
    if (isSixth && hosts.some(isIpv4)) {
      const why =
        "[::] takes IPv4 too here, and cannot be opened beside an address of IPv4; left out";
      draft.skip(keyOf(listener), placeOf(listener), why);
      continue;
    }
    const twin = hostOf(listener) === ALL_ADDRESSES ? sixthOf(listener, listeners) : undefined;
    addresses.push(
      twin === undefined ? single(listener, conf, draft) : pair(listener, twin, draft),
    );
  }
  return addresses;
}

/** What is the same on all addresses of IPv6. */
function sixthOf(
  listener: ListenerPart,
  listeners: readonly ListenerPart[],
): ListenerPart | undefined {
  return listeners.find((one) => isAllOfIpv6(hostOf(one)) && isTwin(one, listener));
}

function isTwin(one: ListenerPart, other: ListenerPart): boolean {
  return one.port === other.port && sameTransport(one, other);
}

function pair(listener: ListenerPart, twin: ListenerPart, draft: Draft): Address {
  const what = `one listener on [::]:${listener.port} stands for both of this port`;
  draft.differ(keyOf(listener), placeOf(listener), what);
  return { bind: `[::]:${listener.port}`, listeners: [listener, twin] };
}

function single(listener: ListenerPart, conf: MosquittoConf, draft: Draft): Address {
  return { bind: bindOf(listener, conf, draft), listeners: [listener] };
}

function bindOf(listener: ListenerPart, conf: MosquittoConf, draft: Draft): string {
  const { port, settings } = listener;
  if (port === 0) return socketOf(listener, draft);
  if (settings.has("bind_interface")) return `${OWN_ADDRESS}:${port}`; // lo, or it is left out
  if (conf.localOnly) return ownAddress(listener, draft);
  const host = hostOf(listener);
  if (host === undefined) {
    const what = `IPv4 only; bind: "[::]:${port}" takes IPv6 and IPv4`;
    draft.differ(keyOf(listener), placeOf(listener), what);
    return `${ALL_ADDRESSES}:${port}`;
  }
  if (isAllOfIpv6(host)) {
    draft.differ(keyOf(listener), placeOf(listener), "takes IPv4 too (mosquitto: IPv6 only)");
  }
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The path of a Unix socket. */
function socketOf({ host = "", place }: ListenerPart, draft: Draft): string {
  if (host.startsWith("/")) return host;
  const what = "from the folder of the configuration on (mosquitto: where it is started)";
  draft.differ(`listener 0 ${host}`, place, what);
  return `./${host}`;
}

/** Without any `listener` mosquitto listens on the machine itself, but where a setting opens one on all addresses. */
function ownAddress({ port, settings }: ListenerPart, draft: Draft): string {
  const opener = [...settings.values()].find(opensListener);
  if (opener !== undefined) {
    const what = `this machine only (mosquitto: all addresses, for it opens a listener); write a ` +
      "listener to be reached by others";
    draft.differ(opener.key, opener.place, what);
  }
  return `${OWN_ADDRESS}:${port}`;
}

/** Undefined: all addresses, of IPv4 and IPv6. */
function hostOf({ host, settings }: ListenerPart): string | undefined {
  if (host !== undefined) return host;
  const domain = settings.get("socket_domain");
  if (domain === undefined) return undefined;
  const word = wordOf(domain);
  if (word !== "ipv4" && word !== "ipv6") throw badValue(domain, "ipv4 or ipv6");
  return word === "ipv6" ? "::" : ALL_ADDRESSES;
}

function isAllOfIpv6(host: string | undefined): boolean {
  return host !== undefined && host.includes(":") && /^[0:]+$/.test(host);
}

function isIpv4(host: string | undefined): boolean {
  return host === undefined || /^\d+(?:\.\d+){3}$/.test(host);
}

/** How a listener is called in notes. */
export function keyOf({ place, port }: ListenerPart): string {
  return place === undefined ? `the listener on port ${port}` : `listener ${port}`;
}

/** Where it begins, or where what opens it stands. */
export function placeOf({ place, settings }: ListenerPart): Place | undefined {
  return place ?? settings.values().next().value?.place;
}
