/**
 * Ways to a broker on loopback for the loads: tcp, ws, tls and wss. Invariants: masks of WebSocket frames are random,
 * as the standard asks for and as they cost; certificates are not checked, for what is measured is the broker.
 */
import { dial } from "../../lib/net/transport/dial.ts";
import { type Target, type TcpAddress, tcpTarget } from "../../lib/cli/load/target.ts";

/** The transports that are measured. */
export const TRANSPORTS = ["tcp", "ws", "tls", "wss"] as const;
/** One of them. */
export type Transport = typeof TRANSPORTS[number];

const SCHEMES = { ws: "ws", tls: "mqtts", wss: "wss" } as const;
const UNCHECKED = {
  cafile: undefined,
  capath: undefined,
  cadata: undefined,
  certfile: undefined,
  keyfile: undefined,
  serverName: undefined,
  checkHostname: false,
  verifyCert: false,
};

/** A broker that lets everyone in, over one of the transports. */
export function targetOf(transport: Transport, { hostname, port }: TcpAddress): Target {
  if (transport === "tcp") return tcpTarget({ hostname, port });
  const scheme = SCHEMES[transport];
  const address = {
    name: `${scheme}://${hostname}:${port}`,
    scheme,
    hostname,
    port,
    path: "/mqtt",
  };
  const forever = new AbortController().signal;
  return { dial: () => dial({ address, tls: UNCHECKED, headers: {} }, forever) };
}
