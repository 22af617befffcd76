/**
 * Proxies whose word is taken. Other brokers believe anyone who reaches such a listener; Midge wants addresses.
 * Invariant: an import trusts this machine alone, and says so.
 */
import type { Draft, Place } from "./draft.ts";

const THIS_MACHINE = ["127.0.0.1", "::1"];

/** The listener takes headers of the PROXY protocol. `key` is what switches them on in `broker`. */
export function setProxyProtocol(
  name: string,
  broker: string,
  { key, place }: { readonly key: string; readonly place: Place },
  draft: Draft,
): void {
  draft.set(["listeners", name, "proxy_protocol"], true, place);
  draft.set(["listeners", name, "trusted_proxies"], THIS_MACHINE);
  draft.differ(
    key,
    place,
    `only proxies on this machine may connect (${broker}: any); add yours to trusted_proxies`,
  );
}

/** The listener, of WebSocket, believes X-Forwarded-For. */
export function setForwardedFor(
  name: string,
  broker: string,
  place: Place | undefined,
  draft: Draft,
): void {
  draft.set(["listeners", name, "trusted_proxies"], THIS_MACHINE);
  draft.differ(
    `listeners.${name}`,
    place,
    `X-Forwarded-For is believed from this machine only (${broker}: from anyone); add your proxies to ` +
      "trusted_proxies",
  );
}
