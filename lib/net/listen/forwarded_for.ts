/**
 * Where a request comes from that came through proxies: the right-most address of X-Forwarded-For that is none of them,
 * for every proxy adds the address that it saw at the right. Invariant: what a client has written there itself counts
 * only as far as a trusted proxy has left it in the right-most place; doubt means the socket's own address.
 */
import { isWithin, type Network, parseAddress } from "../../cidr.ts";
import type { Peer } from "../stream.ts";

/** `192.0.2.7:4711` and `[2001:db8::1]:4711`, as some proxies have it. */
const WITH_PORT = /^(?:\[([0-9a-f:.]+)\](?::\d{1,5})?|(\d+\.\d+\.\d+\.\d+):\d{1,5})$/i;

/** The peer that its proxies speak for, or the peer itself. `values`: of all lines of the header, in order. */
export function forwardedPeer(
  peer: Peer,
  values: readonly string[],
  trusted: readonly Network[],
): Peer {
  if (values.length === 0 || !isWithin(peer.address, trusted)) return peer;
  const hops = values.join(",").split(",").map(bareAddress);
  const at = hops.findLastIndex((hop) => !isWithin(hop, trusted));
  const address = hops[Math.max(0, at)]!;
  return parseAddress(address) === undefined
    ? peer
    : { ...peer, address: copyOf(address), port: 0 };
}

function bareAddress(hop: string): string {
  const text = hop.trim();
  const [, ipv6, ipv4] = WITH_PORT.exec(text) ?? [];
  return ipv6 ?? ipv4 ?? text;
}

/** A part of a text holds all of it in memory: for as long as the connection, that would be the request's head. */
function copyOf(text: string): string {
  return [...text].join("");
}
