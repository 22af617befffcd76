/**
 * Ways to a broker on loopback for the loads: tcp, ws, tls and wss. Invariants: Nagle is off, and each TLS handshake is
 * a whole one, with the certificate of the tests checked.
 */
import type { ByteStream } from "../../lib/net/stream.ts";
import { type Target, type TcpAddress, tcpTarget } from "../../lib/cli/load/target.ts";
import { openWebSocket } from "./web_socket.ts";

/** The transports that are measured. */
export const TRANSPORTS = ["tcp", "ws", "tls", "wss"] as const;
/** One of them. */
export type Transport = typeof TRANSPORTS[number];

const AUTHORITY = new URL("../../tests/support/certs/ca.pem", import.meta.url);
const SERVER_NAME = "localhost";

/** A broker that lets everyone in, over one of the transports. */
export function targetOf(transport: Transport, address: TcpAddress): Target {
  if (transport === "tcp") return tcpTarget(address);
  if (transport === "tls") return { dial: () => dialTls(address) };
  if (transport === "wss") return { dial: async () => openWebSocket(await dialTls(address)) };
  const plain = tcpTarget(address);
  return { takesAtOnce: true, dial: async () => openWebSocket(await plain.dial()) };
}

async function dialTls({ hostname, port }: TcpAddress): Promise<ByteStream> {
  const socket = await Deno.connect({ hostname, port });
  socket.setNoDelay(true);
  const caCerts = [await authority()];
  const stream = await Deno.startTls(socket, { hostname: SERVER_NAME, caCerts });
  await stream.handshake();
  return stream;
}

let text: Promise<string> | undefined;

/** Read once. */
function authority(): Promise<string> {
  return text ??= Deno.readTextFile(AUTHORITY);
}
