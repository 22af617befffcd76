/**
 * The listeners of a broker under measurement, as its configuration has them: plain, WebSocket, TLS, both, and behind
 * a proxy. Invariants: all are on loopback, each on a port of its own; the certificate is that of the tests (P-256).
 */
import type { Transport } from "./load/targets.ts";

/** A transport, or a plain listener that wants a header of the PROXY protocol. */
export type Door = Transport | "proxy";

/** The port of each. */
export type Ports = ReadonlyMap<Door, number>;

const HOSTNAME = "127.0.0.1";
/** What a listener with TLS shows, PEM. */
export const CERTIFICATE = new URL("../tests/support/certs/server.pem", import.meta.url).pathname;
/** Its key. */
export const KEY = new URL("../tests/support/certs/server.key", import.meta.url).pathname;

const hasTls = (door: Door) => door === "tls" || door === "wss";
const isWebSocket = (door: Door) => door === "ws" || door === "wss";

/** Ports that were free a moment ago. */
export function freePorts(doors: readonly Door[]): Ports {
  const listeners = doors.map(() => Deno.listen({ hostname: HOSTNAME, port: 0 }));
  const ports = listeners.map(({ addr }) => addr.port);
  for (const listener of listeners) listener.close();
  return new Map(doors.map((door, index) => [door, ports[index]!]));
}

/** Midge's `listeners`, in YAML. */
export function midgeListeners(ports: Ports): string {
  const lines = ["listeners:"];
  for (const [door, port] of ports) {
    lines.push(`  ${door === "tcp" ? "default" : door}:`, `    bind: ${HOSTNAME}:${port}`);
    if (isWebSocket(door)) lines.push("    type: ws");
    if (hasTls(door)) {
      lines.push("    ssl: true", `    certfile: ${CERTIFICATE}`, `    keyfile: ${KEY}`);
    }
    if (door === "proxy") {
      lines.push("    proxy_protocol: true", `    trusted_proxies: [${HOSTNAME}]`);
    }
  }
  return lines.join("\n") + "\n";
}

/** mosquitto's listeners, open to all. */
export function mosquittoListeners(ports: Ports): string {
  const lines: string[] = [];
  for (const [door, port] of ports) {
    lines.push(`listener ${port} ${HOSTNAME}`);
    if (isWebSocket(door)) lines.push("protocol websockets");
    if (hasTls(door)) lines.push(`certfile ${CERTIFICATE}`, `keyfile ${KEY}`);
  }
  return lines.join("\n") + "\nallow_anonymous true\n";
}
