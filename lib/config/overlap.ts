/**
 * Which addresses a listener takes. Pure. Invariant: only what is certain by the addresses alone: a name may stand for
 * any, so none is taken for covered by it.
 */
import type { BindAddress } from "./bind.ts";

/** What an address takes that leaves no place for another of its port. */
export type Overlap = "the same" | "all IPv4" | "all IPv6 and IPv4";

/** Does a listener on `one` leave no place for `other`? By Linux's rules, where `[::]` takes IPv4 too. */
export function overlapOf(one: BindAddress, other: BindAddress): Overlap | undefined {
  if (one.port === 0 || one.port !== other.port) return undefined;
  if (one.hostname === other.hostname) return "the same";
  if (isAllOfIpv6(one.hostname) && isAddress(other.hostname)) return "all IPv6 and IPv4";
  return one.hostname === "0.0.0.0" && isIpv4(other.hostname) ? "all IPv4" : undefined;
}

/** `host:port`, an IPv6 address in brackets. */
export function showAddress({ hostname, port }: BindAddress): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

function isAllOfIpv6(hostname: string): boolean {
  return hostname.includes(":") && /^[0:]+$/.test(hostname);
}

function isIpv4(hostname: string): boolean {
  return /^\d+(?:\.\d+){3}$/.test(hostname);
}

function isAddress(hostname: string): boolean {
  return hostname.includes(":") || isIpv4(hostname);
}
